using Parley.Protocol.Chat.V1;
using Parley.Server.Api;
using Parley.Verbs.Messaging;

namespace Parley.Tests.Client;

/// <summary>Who is there, asked of a node some people at a time; and of one whose program does not tell.</summary>
public sealed class AskedPresenceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_people_than_one_call_takes_are_asked_about_in_several_and_told_in_order()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var asked = new List<int>();
        nodes[0].Script.OnPresence = request =>
        {
            asked.Add(request.Names.Count);
            var answer = new GetPresenceResponse { LogIndex = 1 };
            answer.People.AddRange(request.Names.Select(name => new PersonPresence { Name = name }));
            return answer;
        };
        var names = Enumerable.Range(1, 45).Select(number => $"person{number}").ToList();

        var found = await nodes.Session.GetPresenceAsync(names, Stop);

        Assert.Equal([20, 20, 5], asked);
        Assert.All(asked, count => Assert.InRange(count, 1, ApiLimits.PresenceNamesMax));
        Assert.Equal(names, found.Select(person => person.Name));
    }

    [Fact]
    public async Task A_node_whose_program_does_not_tell_leaves_names_without_presence()
    {
        await using var nodes = await FakeNodes.StartAsync(1);

        Assert.Empty(await PresenceText.AskAsync(nodes.Session, ["bob"], Stop));
        Assert.Null(await PresenceText.FindAsync(nodes.Session, ["bob"], Stop));
    }
}
