namespace Parley.Verbs.Verify.Faults;

/// <summary>A fault did not hit, or a node did not take it as it must: the run has failed; the message says what was
/// expected and what was found.</summary>
internal sealed class FaultFailedException(string message, Exception? inner = null) : Exception(message, inner);
