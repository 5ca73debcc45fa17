namespace Parley.Verify.Checkers;

/// <summary>Who was in which room: those who have read it on the nodes at the end, for its members are fixed in a run.
/// A room's name begins with '#'.</summary>
internal sealed class RoomMembers(History history)
{
    private readonly Dictionary<string, HashSet<string>> members = history.Reads
        .Where(final => IsRoom(final.Peer))
        .GroupBy(final => final.Peer, StringComparer.Ordinal)
        .ToDictionary(
            finals => finals.Key,
            finals => finals.Select(final => final.Account).ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal);

    public static bool IsRoom(string name) => name.StartsWith('#');

    /// <summary>Who a message to this account or room is delivered to, its sender included if it is one.</summary>
    public IEnumerable<string> RecipientsOf(string to) =>
        IsRoom(to) ? members.GetValueOrDefault(to) ?? [] : [to];
}
