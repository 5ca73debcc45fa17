namespace Parley.Client;

/// <summary>The library's own name and version, as sent in user agents.</summary>
internal static class ParleyClientInfo
{
    public const string Name = "parley-client";
}
