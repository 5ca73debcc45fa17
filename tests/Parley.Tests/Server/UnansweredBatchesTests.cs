using Microsoft.Extensions.Time.Testing;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Node.V1;
using Parley.Server.Nodes;

namespace Parley.Tests.Server;

/// <summary>What a leader answers to forwarded commands reaches those who wait for them.</summary>
public sealed class UnansweredBatchesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly NodeId Leader = new(1);

    private readonly Proposer proposer;
    private readonly RecordedDoor door;
    private readonly UnansweredBatches unanswered;

    public UnansweredBatchesTests()
    {
        proposer = new Proposer(
            new ProposerOptions
            {
                Self = ProposerTests.Self,
                StartNonce = ProposerTests.Nonce,
                LeaderlessMax = TimeSpan.FromSeconds(1),
            },
            () => new ProposalStamp(1, 5_000_000),
            new FakeTimeProvider());
        door = new RecordedDoor(proposer);
        proposer.Attach(door);
        proposer.LeaderKnown(Leader, new Term(1));
        unanswered = new UnansweredBatches(proposer);
    }

    [Fact]
    public async Task A_command_that_the_leader_refuses_is_answered_and_waits_no_longer()
    {
        var calls = Forward(batch: 1, count: 3);

        unanswered.Answered(new ForwardResponse { Batch = 1, Refused = { 0, 2 } });

        foreach (var refused in new[] { calls[0], calls[2] })
        {
            var told = await Assert.ThrowsAsync<NotDoneException>(() => refused);
            Assert.Equal(NotDoneReason.Refused, told.Reason);
        }

        Assert.Equal(1, proposer.Waiting);
        proposer.Applied([RecordedDoor.OutcomeOf(2)]);
        await calls[1];

        // Nor is it forwarded again.
        door.Taken.Clear();
        proposer.LeaderKnown(new NodeId(3), new Term(2));
        door.Take();
        Assert.Empty(door.Taken);
    }

    [Fact]
    public async Task What_an_earlier_leader_may_have_is_not_said_to_be_refused()
    {
        var call = Forward(batch: 1, count: 1)[0];
        proposer.LeaderKnown(new NodeId(3), new Term(2));
        door.Take();

        unanswered.Answered(new ForwardResponse { Batch = 1, Refused = { 0 } });

        var told = await Assert.ThrowsAsync<NotDoneException>(() => call);
        Assert.Equal(NotDoneReason.OutcomeUnknown, told.Reason);
    }

    [Fact]
    public async Task Of_a_full_queue_the_last_are_told_and_what_is_refused_besides_is_so()
    {
        var calls = Forward(batch: 1, count: 3);

        unanswered.Answered(new ForwardResponse { Batch = 1, Overloaded = 2, Refused = { 2 } });

        Assert.Equal(
            NotDoneReason.Overloaded, (await Assert.ThrowsAsync<NotDoneException>(() => calls[1])).Reason);
        Assert.Equal(NotDoneReason.Refused, (await Assert.ThrowsAsync<NotDoneException>(() => calls[2])).Reason);
        Assert.False(calls[0].IsCompleted);
    }

    [Fact]
    public async Task A_copy_of_what_is_in_the_leaders_log_waits_on_beside_what_a_full_queue_kept_out()
    {
        var copy = Forward(batch: 1, count: 1)[0];
        proposer.ForwardAgain();
        var kept = Forward(batch: 2, count: 1)[0]; // After the copy of the first.

        unanswered.Answered(new ForwardResponse { Batch = 2, Overloaded = 2, OverloadedPlaces = { 1 } });

        Assert.Equal(NotDoneReason.Overloaded, (await Assert.ThrowsAsync<NotDoneException>(() => kept)).Reason);
        Assert.False(copy.IsCompleted);
        proposer.Applied([RecordedDoor.OutcomeOf(1)]);
        await copy;
    }

    [Fact]
    public void A_place_that_no_command_had_is_nobodys()
    {
        Forward(batch: 1, count: 2);

        unanswered.Answered(new ForwardResponse
        {
            Batch = 1,
            Refused = { -1, 2, int.MaxValue, int.MinValue },
            Overloaded = 2,
            OverloadedPlaces = { 2, -1 },
        });

        Assert.Equal(2, proposer.Waiting);
    }

    [Fact]
    public void An_answer_to_what_was_not_asked_breaks_the_call()
    {
        Forward(batch: 1, count: 1);
        Forward(batch: 2, count: 1);

        unanswered.Answered(new ForwardResponse { Batch = 2 });

        Assert.Throws<InvalidOperationException>(() => unanswered.Answered(new ForwardResponse { Batch = 1 }));
        Assert.Throws<InvalidOperationException>(() => unanswered.Answered(new ForwardResponse { Batch = 3 }));
    }

    private List<Task<Parley.Core.AppliedCommand>> Forward(long batch, int count)
    {
        var calls = Enumerable.Range(0, count)
            .Select(_ => proposer.ProposeAsync(
                new LoggedCommand { Logout = new Logout { Session = 1 } }, CancellationToken.None).WaitAsync(Patience))
            .ToList();
        var before = door.Taken.Count;
        door.Take();
        unanswered.Add(batch, [.. door.Taken.Skip(before)]);
        return calls;
    }
}
