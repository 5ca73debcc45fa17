namespace Parley.Client;

/// <content>One session, other nodes.</content>
public sealed partial class ParleySession
{
    private const string Scheme = "Bearer ";

    /// <summary>The same session through another client's nodes and connections, to read and ask with: it has no outbox
    /// and does not keep the session alive.</summary>
    internal ParleySession Through(ParleyClient other) =>
        new(
            other, other.NewWalker(startNode: null), Account, authorization[Scheme.Length..], nextStreamNumber,
            lease: null);
}
