"""The three wire formats: what is asked in each, and how answers and failures look in it."""

import json
from dataclasses import dataclass
from typing import Any, Literal

Ending = Literal["stop", "length", "block", "refusal"]
TOLD = "JSON schema:\n"
"""After it, JSON mode's prompts carry the schema."""
Shape = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """A request's content, whichever format it came in."""

    model: str
    system: str
    user: str
    schema_json: str
    images: int

    @property
    def tokens(self) -> int:
        return (len(self.system) + len(self.user)) // 4 + 258 * self.images


@dataclass(frozen=True)
class Said:
    text: str
    ending: Ending = "stop"

    @property
    def tokens(self) -> int:
        return len(self.text) // 4


def _texts(content: Any) -> tuple[str, int]:
    """The text of a message's content and the number of its images."""
    if not isinstance(content, list):
        return content or "", 0
    texts = [part["text"] for part in content if "text" in part]
    return "\n".join(texts), len(content) - len(texts)


def _schema(wanted: Any, system: str) -> str:
    """The schema of a response_format; in JSON mode it stands in the system message."""
    kind = (wanted or {}).get("type")
    if kind == "json_schema":
        return json.dumps(wanted["json_schema"]["schema"])
    return system.partition(TOLD)[2] if kind == "json_object" else ""


def _asked(model: str, messages: list[dict[str, Any]], wanted: Any) -> Asked:
    told = [_texts(one["content"])[0] for one in messages if one["role"] == "system"]
    users = [_texts(one["content"]) for one in messages if one["role"] == "user"]
    system = "\n".join(told)
    return Asked(
        model=model,
        system=system.partition(TOLD)[0],
        user="\n".join(text for text, _ in users),
        schema_json=_schema(wanted, system),
        images=sum(images for _, images in users),
    )


class OpenAI:
    """Chat completions; vLLM's server and DashScope's compatible mode speak it too."""

    @staticmethod
    def read(body: dict[str, Any], model: str) -> Asked:
        return _asked(body["model"], body["messages"], body.get("response_format"))

    @staticmethod
    def answer(asked: Asked, said: Said) -> Shape:
        message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None}
        if said.ending == "refusal":
            message.update(content=None, refusal=said.text)
        finish = {"block": "content_filter", "refusal": "stop"}.get(said.ending, said.ending)
        return 200, {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": asked.model,
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {
                "prompt_tokens": asked.tokens,
                "completion_tokens": said.tokens,
                "total_tokens": asked.tokens + said.tokens,
            },
        }

    @staticmethod
    def prompt_block(asked: Asked) -> Shape:
        return OpenAI.error(400, "content_policy_violation", "The prompt was flagged.")

    @staticmethod
    def error(status: int, code: str, message: str) -> Shape:
        kind = "insufficient_quota" if code == "insufficient_quota" else "invalid_request_error"
        return status, {"error": {"message": message, "type": kind, "param": None, "code": code}}


class Gemini:
    @staticmethod
    def read(body: dict[str, Any], model: str) -> Asked:
        system = body.get("systemInstruction") or {"parts": []}
        told = "\n".join(part["text"] for part in system["parts"])
        parts = [part for content in body["contents"] for part in content["parts"]]
        config = body.get("generationConfig", {})
        schema = config.get("responseJsonSchema") or config.get("responseSchema")
        told_schema = told.partition(TOLD)[2] if "responseMimeType" in config else ""
        return Asked(
            model=model,
            system=told.partition(TOLD)[0],
            user="\n".join(part["text"] for part in parts if "text" in part),
            schema_json=json.dumps(schema) if schema else told_schema,
            images=sum("inlineData" in part for part in parts),
        )

    @staticmethod
    def answer(asked: Asked, said: Said) -> Shape:
        finish = {"stop": "STOP", "refusal": "STOP", "length": "MAX_TOKENS", "block": "SAFETY"}
        candidate: dict[str, Any] = {"index": 0, "finishReason": finish[said.ending]}
        if said.ending != "block":
            candidate["content"] = {"role": "model", "parts": [{"text": said.text}]}
        return 200, {"candidates": [candidate], **Gemini._usage(asked, said)}

    @staticmethod
    def _usage(asked: Asked, said: Said) -> dict[str, Any]:
        counts = {
            "promptTokenCount": asked.tokens,
            "candidatesTokenCount": said.tokens,
            "thoughtsTokenCount": 7,
            "totalTokenCount": asked.tokens + said.tokens + 7,
        }
        return {"usageMetadata": counts, "modelVersion": asked.model}

    @staticmethod
    def prompt_block(asked: Asked) -> Shape:
        feedback = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
        return 200, feedback | {"usageMetadata": {"promptTokenCount": asked.tokens}}

    @staticmethod
    def error(status: int, code: str, message: str) -> Shape:
        named = {401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
        found: dict[str, Any] = {
            "code": status, "message": message, "status": named.get(status, "INTERNAL")
        }  # fmt: skip
        if code == "invalid_api_key":  # Google says so with a 400
            reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo"}
            found.update(code=400, details=[reason | {"reason": "API_KEY_INVALID"}])
            status = 400
        return status, {"error": found}


class DashScope:
    """The native protocol, text and multimodal."""

    @staticmethod
    def read(body: dict[str, Any], model: str) -> Asked:
        wanted = body["parameters"].get("response_format")
        return _asked(body["model"], body["input"]["messages"], wanted)

    @staticmethod
    def answer(asked: Asked, said: Said) -> Shape:
        if said.ending == "block":
            return DashScope.prompt_block(asked)
        finish = "length" if said.ending == "length" else "stop"
        content: Any = [{"text": said.text}] if asked.images else said.text
        message = {"role": "assistant", "content": content}
        return 200, {
            "output": {"choices": [{"finish_reason": finish, "message": message}]},
            "usage": {
                "input_tokens": asked.tokens,
                "output_tokens": said.tokens,
                "total_tokens": asked.tokens + said.tokens,
            },
            "request_id": "1",
        }

    @staticmethod
    def prompt_block(asked: Asked) -> Shape:
        return DashScope.error(400, "DataInspectionFailed", "Inappropriate content was found.")

    @staticmethod
    def error(status: int, code: str, message: str) -> Shape:
        named = {401: "InvalidApiKey", 404: "Model.NotExist", 429: "Throttling.RateQuota"}
        return status, {"code": named.get(status, code), "message": message, "request_id": "1"}


class Compatible(OpenAI):
    """DashScope's compatible mode, which differs from OpenAI's in how it names a block."""

    @staticmethod
    def prompt_block(asked: Asked) -> Shape:
        return OpenAI.error(400, "DataInspectionFailed", "Inappropriate content was found.")


Format = type[OpenAI] | type[Gemini] | type[DashScope]
