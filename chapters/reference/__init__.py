"""``torch.nn.Embedding`` and ``torch.nn.EmbeddingBag``, rebuilt from basic tensor operations.

Each module holds one rule as functions and imports only modules above it in this list:

    vocabulary      where the indices come from
    argument_types  what is taken for a number, and what is refused
    lookup          which row stands where in the output
    one_hot         the same by a matrix product
    learning        how a gradient finds its way back into the table
    padding         the row that receives none
    sparse          the gradient as a list
    frequency       the gradient divided by counts
    max_norm        rows shortened before they are read
    bag_refusals    the bags that are none
    bag             many vectors reduced to one
    pretrained      rows from a file, each in its place
    neighbours      which rows are near, and a plane to draw them on
    module          where the table and its options are kept
    embedding       the sum of the above: `Embedding` and `embedding`
    embedding_bag   the same for bags: `EmbeddingBag` and `embedding_bag`

``from reference import Embedding`` may stand where ``from torch.nn import Embedding`` stood. Last digits may then
differ: with `scale_grad_by_freq`, in the gradient of bags, and in a weighted or bfloat16 bag; in half precision, long
sums by more. What is left out a module says itself, under *Left out*. Whatever else differs is an entry of the ledger
(``chapters/ledger.py``): there PyTorch contradicts its documentation.
"""

from .bag import bag_of_each as bag_of_each
from .bag import max_of_bags as max_of_bags
from .bag import mean_of_bags as mean_of_bags
from .bag import sum_of_bags as sum_of_bags
from .bag import weighted_sum_of_bags as weighted_sum_of_bags
from .embedding import Embedding as Embedding
from .embedding import embedding as embedding
from .embedding_bag import EmbeddingBag as EmbeddingBag
from .embedding_bag import embedding_bag as embedding_bag
from .frequency import counts as counts
from .frequency import divide_by_counts as divide_by_counts
from .learning import LookupFunction as LookupFunction
from .learning import add_rows as add_rows
from .learning import gradient_rows as gradient_rows
from .learning import lookup_backward as lookup_backward
from .lookup import Table as Table
from .lookup import lookup as lookup
from .max_norm import renorm_ as renorm_
from .neighbours import analogy as analogy
from .neighbours import nearest as nearest
from .neighbours import neighbours as neighbours
from .neighbours import plane as plane
from .neighbours import similarity as similarity
from .one_hot import one_hot as one_hot
from .one_hot import one_hot_lookup as one_hot_lookup
from .padding import drop_padding as drop_padding
from .padding import resolve_padding_idx as resolve_padding_idx
from .padding import silence_padding as silence_padding
from .padding import zero_padding_row_ as zero_padding_row_
from .pretrained import Coverage as Coverage
from .pretrained import align as align
from .pretrained import read_glove as read_glove
from .sparse import keep_rows as keep_rows
from .vocabulary import Vocabulary as Vocabulary
from .vocabulary import tokenize as tokenize
