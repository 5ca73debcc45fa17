namespace Parley.Core;

/// <summary>What came with which state version. A cluster has a version once all its members know it and its leader has
/// said so in the log; nothing of it happens before.</summary>
internal static class StateVersions
{
    /// <summary>Rooms.</summary>
    public const int Rooms = 2;
}
