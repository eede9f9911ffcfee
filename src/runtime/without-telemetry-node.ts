/**
 * ONNX Runtime's library for Node may gather events (models loaded, the machine's processor and system) in the user's home, and send them to
 * its makers. Nothing here is to do so unasked: imported ahead of `onnxruntime-node`, which looks when it is loaded.
 */
process.env.ORT_DISABLE_TELEMETRY ??= "1";
