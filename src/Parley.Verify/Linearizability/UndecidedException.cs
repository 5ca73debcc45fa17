namespace Parley.Verify.Linearizability;

/// <summary>A history has more possible orders than are tried: neither right nor wrong is known.</summary>
internal sealed class UndecidedException(string message) : Exception(message);
