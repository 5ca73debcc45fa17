namespace Parley.Verify;

/// <summary>Histories and their checkers; see docs/guarantees.md.</summary>
internal static class History
{
}
