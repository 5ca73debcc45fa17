using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Api;

/// <summary>Who is told who is there, by a real node.</summary>
[Trait("Promise", "8")]
public sealed class PresenceCallTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task Who_was_written_to_sees_the_writer_come_and_go_and_nobody_else_does()
    {
        var (alice, bob, carol) = await ThreeAsync();
        await bob.SendAsync(1, alice, "here I am");
        Assert.Equal((PresenceState.Offline, null), await OfAsync(alice, bob));

        using (var stream = bob.Receive(1))
        {
            await TestUser.ReadBacklogAsync(stream);

            Assert.Equal((PresenceState.Online, 0L), await OfAsync(alice, bob));
            Assert.Equal((PresenceState.Online, 0L), await OfAsync(bob, bob));
            Assert.Equal((PresenceState.Unspecified, null), await OfAsync(bob, alice));
            Assert.Equal((PresenceState.Unspecified, null), await OfAsync(carol, bob));
        }

        await OfflineAsync(alice, bob);
    }

    [Fact]
    public async Task Writing_to_somebody_shows_nothing_of_them_and_a_room_shows_all_who_are_in_it()
    {
        var (alice, bob, carol) = await ThreeAsync();
        using var stream = bob.Receive(1);
        await TestUser.ReadBacklogAsync(stream);
        await carol.SendAsync(1, bob, "are you there?");
        Assert.Equal((PresenceState.Unspecified, null), await OfAsync(carol, bob));

        var room = await alice.CreateRoomAsync("hall");
        await bob.InRoomAsync(room, RoomMemberChange.Join);
        Assert.Equal((PresenceState.Unspecified, null), await OfAsync(carol, bob));
        await carol.InRoomAsync(room, RoomMemberChange.Join);
        Assert.Equal(PresenceState.Online, (await OfAsync(carol, bob)).State);

        await bob.InRoomAsync(room, RoomMemberChange.Leave);
        Assert.Equal((PresenceState.Unspecified, null), await OfAsync(carol, bob));
    }

    [Fact]
    public async Task Of_strangers_and_of_nobody_the_same_is_said_in_the_order_of_the_question()
    {
        var (alice, bob, carol) = await ThreeAsync();
        await bob.SendAsync(1, alice, "hello");
        using (var stream = bob.Receive(1))
        {
            await TestUser.ReadBacklogAsync(stream);
        }

        await OfflineAsync(alice, bob);

        var answer = await node.Accounts.GetPresenceAsync(
            new() { Names = { "nobody-at-all", carol.Name.ToUpperInvariant(), bob.Name, carol.Name } },
            alice.Metadata);

        Assert.Equal(["nobody-at-all", carol.Name, bob.Name, carol.Name], answer.People.Select(each => each.Name));
        Assert.Equal(
            [PresenceState.Unspecified, PresenceState.Unspecified, PresenceState.Offline, PresenceState.Unspecified],
            answer.People.Select(each => each.State));
        Assert.Equal([false, false, true, false], answer.People.Select(each => each.HasSeenMinutesAgo));
        Assert.True(answer.LogIndex > 0);
    }

    [Fact]
    public async Task Who_hides_looks_as_if_it_had_never_been_there()
    {
        var (alice, bob, _) = await ThreeAsync();
        await bob.SendAsync(1, alice, "hello");
        using var stream = node.Messages.ReceiveMessages(
            new() { StreamNumber = 1, Hidden = true }, bob.Metadata, DateTime.UtcNow.AddSeconds(60));
        await TestUser.ReadBacklogAsync(stream);

        await bob.SendAsync(2, alice, "you do not see me");

        Assert.Equal((PresenceState.Offline, null), await OfAsync(alice, bob));
    }

    [Fact]
    public async Task Who_logs_out_is_offline_at_once()
    {
        var (alice, bob, _) = await ThreeAsync();
        await bob.SendAsync(1, alice, "hello");
        using var stream = bob.Receive(1);
        await TestUser.ReadBacklogAsync(stream);

        await node.Sessions.LogoutAsync(new(), bob.Metadata);

        Assert.Equal((PresenceState.Offline, 0L), await OfAsync(alice, bob));
    }

    private async Task<(TestUser Alice, TestUser Bob, TestUser Carol)> ThreeAsync()
    {
        var long_ = TimeSpan.FromMinutes(5);
        return (await node.LogInNewAsync("alice", long_), await node.LogInNewAsync("bob", long_),
            await node.LogInNewAsync("carol", long_));
    }

    private async Task<(PresenceState State, long? Minutes)> OfAsync(TestUser asker, TestUser other)
    {
        var answer = await node.Accounts.GetPresenceAsync(new() { Names = { other.Name } }, asker.Metadata);
        var person = Assert.Single(answer.People);
        return (person.State, person.HasSeenMinutesAgo ? person.SeenMinutesAgo : null);
    }

    /// <summary>The node notices a moment later that a client has gone.</summary>
    private async Task OfflineAsync(TestUser asker, TestUser other) => await Parley.Local.Until.TrueAsync(
        async _ => await OfAsync(asker, other) is (PresenceState.Offline, 0L),
        TimeSpan.FromSeconds(30),
        () => $"{other.Name} stayed online",
        TestContext.Current.CancellationToken);
}
