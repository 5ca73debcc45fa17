using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>Who is there.</content>
public sealed partial class ParleySession
{
    private const long SeenMinutesMax = 525_600;

    /// <summary>Whether these people are there, one entry for each name, in order: a call for each 20.</summary>
    /// <param name="names">Accounts; capitals do not matter.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RefusedException">UNIMPLEMENTED: the node that answered cannot tell.</exception>
    public async Task<IReadOnlyList<PresenceEntry>> GetPresenceAsync(
        IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var found = new List<PresenceEntry>(names.Count);
        foreach (var some in names.Chunk(Limits.PresenceNamesMax))
        {
            var request = new GetPresenceRequest { Names = { some } };
            var answer = await walker.CallAsync(
                (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                    node.Accounts.GetPresenceAsync(request, Options(deadline, true, cancellation)),
                    walker.Nodes, node, answer => answer.LogIndex),
                "asking who is there", changes: false, cancellationToken);
            found.AddRange(answer.People.Select(ToEntry));
        }

        return found;
    }

    private static PresenceEntry ToEntry(PersonPresence person) => new(
        person.Name,
        (Presence)person.State,
        person.HasSeenMinutesAgo
            ? TimeSpan.FromMinutes(Math.Clamp(person.SeenMinutesAgo, 0, SeenMinutesMax))
            : null);
}
