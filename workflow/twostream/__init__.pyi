from twostream.api import compute_flow as compute_flow
from twostream.api import flow_in_pixels as flow_in_pixels
from twostream.api import fuse_scores as fuse_scores
from twostream.api import load_model as load_model
from twostream.api import open_stacks as open_stacks
from twostream.api import predict_videos as predict_videos
from twostream.api import read_features as read_features
from twostream.api import read_logits as read_logits
from twostream.streams.stack_dataset import StackDataset as StackDataset

__version__: str
