/* Start reveal.js, and make a slide smaller that is higher than the screen. */
const HEIGHT = 720;
const SMALLEST = 40; // per cent

function fit(slide) {
  for (let percent = 100; percent >= SMALLEST; percent -= 5) {
    slide.style.zoom = percent / 100;
    if (slide.scrollHeight * slide.style.zoom <= HEIGHT - 4) return; // a height is rounded
  }
}

Reveal.on("slidechanged", ({ currentSlide }) => requestAnimationFrame(() => fit(currentSlide)));
Reveal.initialize({
  width: 1280,
  height: HEIGHT,
  margin: 0,
  center: false,
  hash: true,
  slideNumber: "c/t",
  transition: "none",
  backgroundTransition: "none",
}).then(() => fit(Reveal.getCurrentSlide()));
