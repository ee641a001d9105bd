"""The EventBridge bus: how messages become entries, what a refusal means, and who offers them again."""
