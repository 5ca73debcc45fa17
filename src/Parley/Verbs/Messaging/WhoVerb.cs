using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>who</c>: whether people are there.</summary>
internal static class WhoVerb
{
    public static Command Build()
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "People, or rooms with '#' for who is in them; without any, everybody you talk with",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("who", "Say who is online, away, offline, and when they were last seen") { names };
        var options = ClientOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = options.Read(parsed);
            await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
            var people = await FindPeopleAsync(
                opened.Session, parsed.GetValue(names) ?? [], cancellationToken);
            var found = await PresenceText.FindAsync(opened.Session, people, cancellationToken)
                ?? throw new RefusedException(
                    "NODES_TOO_OLD", "who is there: this node's program does not tell; upgrade it");
            foreach (var person in found)
            {
                settings.WriteRow(() => PresenceText.Json(person), () => PresenceText.Line(person));
            }

            return ExitCodes.Ok;
        });
        return command.WithExamples("parley who bob", "parley who '#ops' -o json", "parley who --as alice");
    }

    private static async Task<IReadOnlyCollection<string>> FindPeopleAsync(
        ParleySession session, string[] names, CancellationToken cancellationToken)
    {
        var people = new List<string>();
        foreach (var name in names)
        {
            if (!RoomText.IsRoom(name))
            {
                people.Add(name);
                continue;
            }

            await foreach (var person in session.ListRoomMembersAsync(RoomText.NameOf(name), cancellationToken))
            {
                if (person.IsInside)
                {
                    people.Add(person.Name);
                }
            }
        }

        if (names.Length == 0)
        {
            var talks = await ConversationText.ReadAsync(session, onlyUnread: false, cancellationToken);
            people.AddRange(talks.Select(talk => talk.With).Where(with => !RoomText.IsRoom(with)));
        }

        return [.. people.Distinct(StringComparer.OrdinalIgnoreCase)];
    }
}
