"""The quizzes: each question with its options a group of its own, and below them a line that the script fills.

A quiz is a chapter's section *Quiz*: a question is a paragraph in bold that begins with its number, an option a
``<details>`` of the class ``right`` or ``wrong``. All of it works without a script, on paper and in JupyterLab. The
line needs one: it is hidden until ``site.js`` brings it to life. Its words stand here, and none there.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator

__all__ = ["HEADING", "GroupQuestions", "forget", "progress", "tally"]

HEADING = "Quiz"
QUESTION = re.compile(r"(\d+)\. ")
TALLY = """<div class="tally" data-quiz="{name}" hidden>
<p role="status"><b>0</b> of {questions} right at the first try</p>
<label><input type="checkbox"> Remember on this device</label>
<p class="refused" hidden>Your browser does not let this page remember.</p>
<button type="button">Start again</button>
</div>"""
PROGRESS = '<span class="remembered" data-quiz="{name}" hidden> <b></b> of {questions}</span>'
FORGET = """<p class="forget" hidden><span>This device remembers your answers to the quizzes.</span>
<button type="button">Forget all</button>
<span role="status"><span hidden>Nothing is remembered any more.</span></span></p>"""


def tally(name: str, questions: int) -> str:
    """Return the line below a quiz: how many are right, and what shall be remembered under `name`."""
    return TALLY.format(name=name, questions=questions)


def progress(name: str, questions: int) -> str:
    """Return what stands behind a link to a quiz once something of it is remembered.

    >>> progress("05_padding", 5)
    '<span class="remembered" data-quiz="05_padding" hidden> <b></b> of 5</span>'
    """
    return PROGRESS.format(name=name, questions=questions)


def forget() -> str:
    """Return the line with the button that forgets every quiz."""
    return FORGET


class question(nodes.container):
    """A question and its options."""


class GroupQuestions(SphinxTransform):
    """Put each question of a quiz and its options into one group, and the line below them."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        for section in self.document.findall(nodes.section):
            if section.next_node(nodes.title).astext() == HEADING:
                self.group(section)

    def group(self, section: nodes.section) -> None:
        before, groups = [], []
        slugs = self.env.metadata[self.env.docname].setdefault("myst_slugs", {})
        for child in section.children:
            if isinstance(child, nodes.paragraph) and (number := QUESTION.match(child.astext())):
                place = f"question-{number[1]}"
                child["ids"].append(place)
                slugs[place] = (child.line, place, child.astext())
                groups.append(question("", child, place=place))
            else:
                (groups[-1] if groups else before).append(child)
        line = tally(self.env.docname.rpartition("/")[2], len(groups))
        section.children.clear()
        section.extend([*before, *groups, nodes.raw("", line, format="html")])


def visit_question(translator: HTML5Translator, node: question) -> None:
    translator.body.append(f'<div class="question" role="group" aria-labelledby="{node["place"]}">\n')


def depart_question(translator: HTML5Translator, node: question) -> None:
    translator.body.append("</div>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(question, html=(visit_question, depart_question))
    app.add_transform(GroupQuestions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
