using System.Globalization;
using Parley.Client;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>Who is there, as lines for people and for scripts.</summary>
internal static class PresenceText
{
    private const int MinutesPerHour = 60;
    private const int MinutesPerDay = 24 * MinutesPerHour;

    public static string Line(PresenceEntry person) => $"{Sanitizer.Line(person.Name),-32} {Short(person)}";

    /// <summary>A few words: <c>away for 12 min</c>, <c>offline, last seen 3 h ago</c>.</summary>
    public static string Short(PresenceEntry person) => (person.Presence, person.SeenAgo) switch
    {
        (Presence.Away, { } ago) => $"away for {Span(ago)}",
        (Presence.Offline or Presence.Unknown, { } ago) => $"{NameOf(person.Presence)}, last seen {Span(ago)} ago",
        _ => NameOf(person.Presence),
    };

    public static string Json(PresenceEntry person) => JsonLines.Write(json =>
    {
        json.WriteString("name", person.Name);
        json.WriteString("presence", NameOf(person.Presence));
        if (person.SeenAgo is { } ago)
        {
            json.WriteNumber("seen_minutes_ago", (long)ago.TotalMinutes);
        }
        else
        {
            json.WriteNull("seen_minutes_ago");
        }
    });

    /// <summary>Of these people, in order. Null: the program of the node that was asked is older, and does not tell.
    /// </summary>
    public static async Task<IReadOnlyList<PresenceEntry>?> FindAsync(
        ParleySession session, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        try
        {
            return await session.GetPresenceAsync(names, cancellationToken);
        }
        catch (RefusedException refused) when (refused.Reason is "UNIMPLEMENTED")
        {
            return null;
        }
    }

    /// <summary>Of these people; by name. Empty beside a node whose program does not tell.</summary>
    public static async Task<IReadOnlyDictionary<string, PresenceEntry>> AskAsync(
        ParleySession session, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, PresenceEntry>(StringComparer.Ordinal);
        foreach (var person in await FindAsync(session, names, cancellationToken) ?? [])
        {
            found[person.Name] = person;
        }

        return found;
    }

    private static string Span(TimeSpan span) => (long)span.TotalMinutes switch
    {
        < MinutesPerHour and var minutes => Count(minutes, "min"),
        < MinutesPerDay and var minutes => Count(minutes / MinutesPerHour, "h"),
        var minutes => Count(minutes / MinutesPerDay, "d"),
    };

    private static string Count(long number, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {unit}");

    /// <summary>A newer node may know more than this program: that is not told to it.</summary>
    private static string NameOf(Presence presence) => presence switch
    {
        Presence.Online => "online",
        Presence.Away => "away",
        Presence.Offline => "offline",
        Presence.Unknown => "unknown",
        _ => "not-told",
    };
}
