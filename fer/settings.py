"""Every setting, its default and its environment variable (prefix ``FER_``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from fer.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
"""The repository: models/ and app.py are found here."""

PREFIX = "FER_"


def _absolute(path: Path) -> Path:
    # Worker processes may start in another folder, and not every shell replaces the tilde.
    return path.expanduser().absolute()


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class Settings(BaseSettings):
    """What can be chosen from outside; each field reads ``FER_<NAME>``, and an empty variable counts as not set.

    Attributes:
        home: Holds runs, caches and published models (``FER_HOME``).
        models: The models that ship, with their manifest.json.
        yunet_path: YuNet's weights on disk; None: the cache, then the download.
        yunet_url: Where YuNet's weights are fetched from at first use; the checksum is pinned whatever the address.
        download_timeout_s: How long a download may wait for its server.
        hosted: True on a public server: paths on the server's disk are not offered. Not set, it is so wherever
            ``public_url`` says that others reach the app: a student shall not read the teacher's files.
        ice_servers: JSON list of STUN/TURN entries for WebRTC; empty is right on localhost.
        max_megapixels: A larger image is refused from its header, before it is decoded; Pillow itself stops at 178.
        max_live_streams: Cameras that one server process analyses at a time.
        live_minutes: A live stream is ended after this time.
        keep_uploads_h: What a visitor uploaded, and what was made from it, is deleted after this time.
        database_url: Where classes live, as SQLAlchemy writes it (``postgresql+psycopg://…``); None: SQLite in
            ``home``.
        public_url: The app's address as students reach it, for links and QR codes; None: as the teacher's browser has
            it.
        class_hours: A class that nobody ends is ended after this time.
        keep_rows_h: So long after a class's end its rows are deleted; a saved report keeps aggregates only.
        max_seats: Students that one class admits.
        max_class_streams: Students' cameras that one server process analyses at a time.
        turn_urls: JSON list of TURN addresses whose passwords are made from ``turn_secret`` (coturn's
            ``use-auth-secret``).
        turn_secret: The secret shared with that TURN server; it never leaves this process.
        turn_minutes: How long a TURN password that a browser gets is good for.
        twilio_account_sid: Of a Twilio account whose TURN servers are used.
        twilio_auth_token: Its token.
        twilio_url: Where Twilio is asked; another address only in tests.
        cloudflare_turn_key: Id of a Cloudflare TURN key.
        cloudflare_turn_token: Its API token.
        cloudflare_url: Where Cloudflare is asked; another address only in tests.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")

    home: AbsolutePath = Field(default_factory=lambda: user_data_path("classmood", appauthor=False))
    models: AbsolutePath = ROOT / "models"
    yunet_path: AbsolutePath | None = None
    yunet_url: str = (
        "https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx"
    )
    download_timeout_s: float = Field(15.0, gt=0)
    hosted: bool = False
    ice_servers: list[dict[str, Any]] = []
    max_megapixels: float = Field(64.0, gt=0, le=178)
    max_live_streams: int = Field(8, ge=1)
    live_minutes: float = Field(60.0, gt=0)
    keep_uploads_h: float = Field(24.0, gt=0)
    database_url: str | None = None
    public_url: str | None = None
    class_hours: float = Field(4.0, gt=0)
    keep_rows_h: float = Field(1.0, gt=0)
    max_seats: int = Field(100, ge=1)
    max_class_streams: int = Field(60, ge=1)
    turn_urls: list[str] = []
    turn_secret: SecretStr | None = None
    turn_minutes: float = Field(360.0, gt=0)
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_url: str = "https://api.twilio.com"
    cloudflare_turn_key: str | None = None
    cloudflare_turn_token: SecretStr | None = None
    cloudflare_url: str = "https://rtc.live.cloudflare.com"

    @model_validator(mode="after")
    def _others_reach_it(self) -> Self:
        if self.public_url and "hosted" not in self.model_fields_set:
            self.hosted = True
        return self


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings, read once a process. Tests call ``settings.cache_clear()`` after changing a variable.

    Raises:
        InputError: If a variable's value cannot be used.
    """
    try:
        return Settings()
    except ValidationError as problem:
        first = problem.errors()[0]
        name = f"{PREFIX}{first['loc'][0]}".upper()
        # ICE servers come with passwords: what came is shown for plain values only.
        came = repr(first["input"]) if isinstance(first["input"], str) else "not what was expected"
        raise InputError(f"{name} is {came}: {first['msg']}. Change the variable or unset it.") from problem
    except SettingsError as problem:
        # Raised for what must be JSON, and it names the field only inside its text.
        field = next((name for name in Settings.model_fields if f'"{name}"' in str(problem)), "setting")
        raise InputError(
            f"{PREFIX}{field.upper()} is not JSON. "
            'Expected something like [{"urls": "stun:stun.example.org:3478"}]. Change the variable or unset it.'
        ) from problem
