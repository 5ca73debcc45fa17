namespace Parley.Server.Hosting;

/// <summary>Turns settings as people write them into <see cref="ServerOptions"/>, naming every error at once.</summary>
internal static class ServerOptionsReader
{
    /// <summary>Keys are the flags of <c>parley server</c> without their dashes (<c>id</c>, <c>node-listen</c> …);
    /// unknown keys were refused before. Each error says what was expected, what was found, what to do. Returns null
    /// when it added any.</summary>
    public static ServerOptions? Read(IReadOnlyDictionary<string, string> settings, ICollection<string> errors) =>
        throw new NotSupportedException("not built yet");
}
