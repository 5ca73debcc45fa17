using Microsoft.Extensions.Time.Testing;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>The door to the log: order, forwarding again, and what callers are told.</summary>
public class ProposerTests
{
    internal const ulong Nonce = 77;
    internal static readonly NodeId Self = new(2);

    private static readonly NodeId Other = new(1);

    private readonly FakeTimeProvider time = new();
    private readonly Proposer proposer;
    private readonly RecordedDoor door;

    public ProposerTests()
    {
        proposer = new Proposer(
            new ProposerOptions { Self = Self, StartNonce = Nonce, LeaderlessMax = TimeSpan.FromMilliseconds(600) },
            () => new ProposalStamp(1, 5_000_000),
            time);
        door = new RecordedDoor(proposer);
        proposer.Attach(door);
        proposer.Reachable(5, 5);
    }

    [Fact]
    public async Task An_outcome_reaches_the_call_that_proposed_it()
    {
        proposer.LeaderKnown(Other, new Term(1));
        var call = Propose();

        door.Take();
        proposer.Applied([RecordedDoor.OutcomeOf(1)]);

        Assert.Equal(1, (await call).LogIndex);
        Assert.Equal(0, proposer.Waiting);
    }

    [Fact]
    public async Task An_outcome_of_an_earlier_process_of_the_node_reaches_nobody()
    {
        proposer.LeaderKnown(Other, new Term(1));
        var call = Propose();

        proposer.Applied([RecordedDoor.OutcomeOf(1, nonce: Nonce + 1)]);
        Assert.Equal(1, proposer.Waiting);

        proposer.Applied([RecordedDoor.OutcomeOf(1)]);
        await call;
    }

    [Fact]
    public void A_command_is_stamped_with_tag_version_and_the_time_it_is_good_for()
    {
        proposer.LeaderKnown(Other, new Term(1));
        _ = Propose();

        door.Take();

        var command = Assert.Single(door.Commands);
        Assert.Equal(1u, command.StateVersion);
        Assert.Equal(65_000_000, command.NotAfterUs);
        Assert.Equal(
            new CommandTag(2, Nonce, 1), CommandTag.Read(Google.Protobuf.MessageExtensions.ToByteArray(command)));
    }

    [Fact]
    public void What_was_proposed_before_a_leader_was_known_goes_to_it_in_order()
    {
        _ = Propose();
        _ = Propose();

        proposer.LeaderKnown(Other, new Term(1));
        door.Take();

        Assert.Equal([1UL, 2UL], door.Taken);
    }

    [Fact]
    public void A_new_leader_gets_everything_that_waits_from_the_oldest_on()
    {
        proposer.LeaderKnown(Other, new Term(1));
        ProposeMany(5);
        door.Take();
        proposer.Applied([RecordedDoor.OutcomeOf(2)]);

        proposer.LeaderKnown(new NodeId(3), new Term(2));
        door.Take();

        Assert.Equal([1UL, 2, 3, 4, 5, 1, 3, 4, 5], door.Taken);
    }

    [Fact]
    public void A_new_term_of_the_same_leader_is_a_new_leader_also_when_it_is_this_node()
    {
        proposer.LeaderKnown(Self, new Term(1));
        ProposeMany(2);
        door.Take();

        proposer.LeaderKnown(Self, new Term(3));
        door.Take();

        Assert.Equal([1UL, 2, 1, 2], door.Taken);
    }

    [Fact]
    public void A_lane_that_broke_gives_nothing_more_and_the_next_one_begins_again()
    {
        proposer.LeaderKnown(Other, new Term(1));
        ProposeMany(4);
        door.Take(commandsMax: 2);
        var broken = door.Lane!;

        proposer.Broken(broken);
        Assert.False(door.Take());
        time.Advance(TimeSpan.FromMilliseconds(50));
        proposer.Tick();
        _ = Propose();
        door.Take();

        Assert.NotSame(broken, door.Lane);
        Assert.Equal([1UL, 2, 1, 2, 3, 4, 5], door.Taken);
    }

    [Fact]
    public void A_break_of_an_old_lane_does_not_end_the_new_one()
    {
        proposer.LeaderKnown(Other, new Term(1));
        var old = door.Lane!;
        proposer.LeaderKnown(Other, new Term(2));

        proposer.Broken(old);

        Assert.True(door.Take());
    }

    [Fact]
    public async Task What_no_call_waits_for_is_not_forwarded_again()
    {
        proposer.LeaderKnown(Other, new Term(1));
        using var given = new CancellationTokenSource();
        var call = ProposeFor(given.Token);
        _ = Propose();
        door.Take();

        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        proposer.LeaderKnown(new NodeId(3), new Term(2));
        door.Take();

        Assert.Equal([1UL, 2, 2], door.Taken);
    }

    [Fact]
    public async Task Without_a_majority_callers_are_told_at_once_who_is_reachable()
    {
        proposer.LeaderKnown(Other, new Term(1));
        proposer.LeaderKnown(NodeId.None, new Term(1));
        proposer.Reachable(2, 5);
        var waiting = Propose();

        time.Advance(TimeSpan.FromMilliseconds(700));
        proposer.Tick();

        var told = await Assert.ThrowsAsync<NotDoneException>(() => waiting);
        Assert.Equal(NotDoneReason.NoMajority, told.Reason);
        Assert.Equal("no majority: 2 of 5 reachable", told.Message);
        told = await Assert.ThrowsAsync<NotDoneException>(Propose);
        Assert.Equal(NotDoneReason.NoMajority, told.Reason);
    }

    [Fact]
    public async Task What_a_leader_may_have_is_never_said_to_be_undone()
    {
        proposer.LeaderKnown(Other, new Term(1));
        proposer.Reachable(2, 5);
        var handedOut = Propose();
        var refusedOnce = Propose();
        door.Take();
        proposer.NotAppended([2]);
        proposer.LeaderKnown(NodeId.None, new Term(1));
        var neverTaken = Propose();

        time.Advance(TimeSpan.FromMilliseconds(700));
        proposer.Tick();

        var told = await Assert.ThrowsAsync<NotDoneException>(() => handedOut);
        Assert.Equal(NotDoneReason.OutcomeUnknown, told.Reason);
        Assert.Equal("no majority: 2 of 5 reachable; the command may still be done", told.Message);
        Assert.Equal(NotDoneReason.NoMajority, (await Assert.ThrowsAsync<NotDoneException>(() => refusedOnce)).Reason);
        Assert.Equal(NotDoneReason.NoMajority, (await Assert.ThrowsAsync<NotDoneException>(() => neverTaken)).Reason);
    }

    [Fact]
    public async Task A_copy_that_finds_the_queue_full_says_nothing_of_the_first()
    {
        proposer.LeaderKnown(Other, new Term(1));
        var call = Propose();
        door.Take();
        proposer.LeaderKnown(new NodeId(3), new Term(2));
        door.Take();

        proposer.Overloaded([1]);

        var told = await Assert.ThrowsAsync<NotDoneException>(() => call);
        Assert.Equal(NotDoneReason.OutcomeUnknown, told.Reason);
    }

    [Fact]
    public async Task A_node_that_is_cut_off_hands_back_at_once_what_no_leader_was_given()
    {
        proposer.LeaderKnown(Other, new Term(1));
        var handedOut = Propose();
        door.Take();
        var neverTaken = Propose();

        proposer.CutOff(new CutOff(Other, new NodeId(3), Answering: 3, Voters: 5));

        var told = await Assert.ThrowsAsync<NotDoneException>(() => neverTaken);
        Assert.Equal(NotDoneReason.NoMajority, told.Reason);
        Assert.Equal("no way to the leader: node 3 hears node 1, this one does not", told.Message);
        told = await Assert.ThrowsAsync<NotDoneException>(() => handedOut);
        Assert.Equal(NotDoneReason.OutcomeUnknown, told.Reason);
        Assert.Equal(0, proposer.Waiting);
    }

    [Fact]
    public async Task A_node_that_is_cut_off_takes_nothing_until_it_is_not()
    {
        proposer.LeaderKnown(Other, new Term(1));
        proposer.CutOff(new CutOff(NodeId.None, NodeId.None, Answering: 2, Voters: 5));
        proposer.Broken(door.Lane!);
        time.Advance(TimeSpan.FromMilliseconds(50));
        proposer.Tick();

        var told = await Assert.ThrowsAsync<NotDoneException>(Propose);
        Assert.Equal("no majority: 2 of 5 reachable", told.Message);

        proposer.CutOff(now: null);
        var call = Propose();
        door.Take();
        proposer.Applied([RecordedDoor.OutcomeOf(1)]);
        await call;
    }

    [Fact]
    public async Task A_node_that_is_not_cut_off_any_more_waits_for_an_election_again()
    {
        proposer.LeaderKnown(Other, new Term(1));
        proposer.LeaderKnown(NodeId.None, new Term(1));
        proposer.CutOff(new CutOff(Other, new NodeId(3), Answering: 3, Voters: 5));
        await Assert.ThrowsAsync<NotDoneException>(Propose);

        proposer.CutOff(now: null);
        var waiting = Propose();
        proposer.Tick();
        Assert.False(waiting.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(3));
        proposer.Tick();
        Assert.Equal(NotDoneReason.NoMajority, (await Assert.ThrowsAsync<NotDoneException>(() => waiting)).Reason);
    }

    [Fact]
    public async Task A_stopping_node_that_was_cut_off_still_takes_nothing()
    {
        proposer.LeaderKnown(Other, new Term(1));
        proposer.Drain();
        proposer.CutOff(new CutOff(Other, new NodeId(3), Answering: 3, Voters: 5));

        proposer.CutOff(now: null);

        Assert.Equal(NotDoneReason.Draining, (await Assert.ThrowsAsync<NotDoneException>(Propose)).Reason);
    }

    [Fact]
    public async Task An_election_is_waited_out_while_a_majority_is_in_reach()
    {
        proposer.LeaderKnown(Other, new Term(1));
        proposer.LeaderKnown(NodeId.None, new Term(1));
        var waiting = Propose();

        time.Advance(TimeSpan.FromMilliseconds(1_500));
        proposer.Tick();
        Assert.False(waiting.IsCompleted);

        proposer.LeaderKnown(new NodeId(3), new Term(2));
        door.Take();
        proposer.Applied([RecordedDoor.OutcomeOf(1)]);
        await waiting;
    }

    [Fact]
    public async Task After_a_leader_is_back_commands_are_taken_again()
    {
        proposer.LeaderKnown(NodeId.None, new Term(1));
        time.Advance(TimeSpan.FromSeconds(5));
        proposer.Tick();
        await Assert.ThrowsAsync<NotDoneException>(Propose);

        proposer.LeaderKnown(Other, new Term(2));
        var call = Propose();
        door.Take();
        proposer.Applied([RecordedDoor.OutcomeOf(1)]);

        await call;
    }

    [Fact]
    public async Task What_the_leaders_full_queue_refused_is_overloaded()
    {
        proposer.LeaderKnown(Other, new Term(1));
        var first = Propose();
        var second = Propose();
        door.Take();

        proposer.Overloaded([2]);
        proposer.Applied([RecordedDoor.OutcomeOf(1)]);

        await first;
        Assert.Equal(NotDoneReason.Overloaded, (await Assert.ThrowsAsync<NotDoneException>(() => second)).Reason);
    }

    [Fact]
    public async Task A_stopping_node_takes_nothing_new_and_answers_what_waits()
    {
        proposer.LeaderKnown(Other, new Term(1));
        var waiting = Propose();

        proposer.Drain();

        Assert.Equal(NotDoneReason.Draining, (await Assert.ThrowsAsync<NotDoneException>(Propose)).Reason);
        door.Take();
        proposer.Applied([RecordedDoor.OutcomeOf(1)]);
        await waiting;
    }

    [Fact]
    public async Task Nobody_waits_for_ever()
    {
        proposer.LeaderKnown(Other, new Term(1));
        var waiting = Propose();

        time.Advance(TimeSpan.FromSeconds(66));
        proposer.Tick();

        Assert.Equal(NotDoneReason.OutcomeUnknown, (await Assert.ThrowsAsync<NotDoneException>(() => waiting)).Reason);
    }

    private Task<AppliedCommand> Propose() => ProposeFor(CancellationToken.None);

    private Task<AppliedCommand> ProposeFor(CancellationToken cancellationToken) =>
        proposer.ProposeAsync(new LoggedCommand { Logout = new Logout { Session = 1 } }, cancellationToken);

    [Fact]
    public async Task A_command_that_no_rule_can_decide_fails_its_caller_alone()
    {
        proposer.LeaderKnown(Other, new Term(1));
        var room = new CreateRoom { RequestId = Google.Protobuf.ByteString.CopyFrom(new byte[16]), Name = "ops" };

        await Assert.ThrowsAsync<Parley.Core.InvariantBrokenException>(
            () => proposer.ProposeAsync(new LoggedCommand(), CancellationToken.None));
        await Assert.ThrowsAsync<Parley.Core.InvariantBrokenException>(
            () => proposer.ProposeAsync(new LoggedCommand { CreateRoom = room }, CancellationToken.None));

        Assert.Equal(0, proposer.Waiting);
    }

    private void ProposeMany(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _ = Propose();
        }
    }
}
