"""What the API tells of the demo."""

from pydantic import BaseModel


class DemoView(BaseModel):
    """Whether the demo is there. `model_answers` says whether its model runs at this moment."""

    loaded: bool
    project_id: str
    provider_id: str
    provider_status: str
    model_answers: bool
