using Parley.Client;
using Parley.Terminal;

namespace Parley.Verbs.Chat;

/// <summary>Who there is, and which rooms, for completion: asked once in a while, never waited for.</summary>
internal sealed class KnownPeople(ParleySession session, TimeProvider time)
{
    private const int PeopleMax = 2_000;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);
    private volatile IReadOnlyList<Candidate> people = [];
    private long? askedAt;

    /// <summary>As last heard.</summary>
    public IReadOnlyList<Candidate> Candidates => people;

    /// <summary>It is worth asking again.</summary>
    public bool IsStale => askedAt is not { } at || time.GetElapsedTime(at) > Fresh;

    /// <summary>Asks.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        askedAt = time.GetTimestamp();
        var found = new List<Candidate>();
        await foreach (var account in session.ListAccountsAsync("", cancellationToken))
        {
            found.Add(new(account.Name, Describe(account)));
            if (found.Count == PeopleMax)
            {
                break;
            }
        }

        people = found;
        var rooms = new List<Candidate>();
        await foreach (var room in session.ListRoomsAsync("", onlyOwn: false, cancellationToken))
        {
            rooms.Add(new(room.Name, Sanitizer.Line(room.Topic)));
            if (rooms.Count == PeopleMax)
            {
                break;
            }
        }

        people = [.. found, .. rooms];
    }

    private string Describe(AccountEntry account) =>
        account.Name == session.Account ? "you" : account.Online ? "online" : "away";
}
