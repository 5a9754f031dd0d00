// What a search shows first: the chapters, in their order. The other numbers are Sphinx's, which reads this file whole.
var Scorer = {
  score: ([page, , , , score]) => (page.startsWith("chapters/") ? score + 20 - page.slice(9, 11) / 100 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
