using Parley.Verify;
using Parley.Verify.Checkers;

namespace Parley.Tests.Verify;

/// <summary>The checkers on a room: alice writes to it, bob and carol are in it, dave is not.</summary>
public sealed class RoomCheckerTests
{
    private const string Room = "#ops";
    private const string Conversation = "c0ffee00c0ffee00c0ffee00c0ffee00";

    private static readonly StoredMessage Message = new()
    {
        Sequence = 1,
        MessageId = "0000000000000001000000000000000a",
        From = "alice",
        To = Room,
        Text = "to all",
        LogIndex = 9,
    };

    [Fact]
    public void What_every_member_got_breaks_nothing()
    {
        var history = HistoryOf("bob", "carol");
        var verdicts = AllCheckers.Judge(history, everythingDelivered: true);

        Assert.True(MembershipChecker.NothingToOthers(history).Holds);
        Assert.All(verdicts, verdict => Assert.True(verdict.Holds, verdict.ToString()));
    }

    [Fact]
    public void A_member_who_never_got_it_is_named()
    {
        AssertBroken(HistoryOf("bob"), "C6", "was never delivered to carol");
    }

    [Fact]
    public void Somebody_outside_who_got_it_is_named()
    {
        AssertBroken(HistoryOf("bob", "carol", "dave"), "C7", "\"to all\" of");
    }

    private static void AssertBroken(History history, string property, string expected)
    {
        var verdict = AllCheckers.Judge(history, everythingDelivered: true)
            .Concat(AllCheckers.JudgeAccounts(history))
            .Single(one => string.Equals(one.Property.Number, property, StringComparison.Ordinal));

        Assert.False(verdict.Holds);
        Assert.Contains(verdict.Violations, violation => violation.Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>carol's client is there in any case.</summary>
    private static History HistoryOf(params string[] receivers)
    {
        var send = Event(1, "alice", HistoryKind.Send) with
        {
            Phase = HistoryPhase.Invoke,
            Peer = Room,
            Text = Message.Text,
            MessageId = Message.MessageId,
        };
        var other = Event(5, "carol", HistoryKind.Receive) with
        {
            Sender = "bob",
            Peer = "carol",
            Text = "hello",
            MessageId = "0000000000000002000000000000000a",
            Conversation = "feedfeedfeedfeedfeedfeedfeedfeed",
            Sequence = 1,
        };
        return new()
        {
            Events =
            [
                send,
                send with
                {
                    AtUs = 2, Phase = HistoryPhase.Ok, Conversation = Conversation, Sequence = 1, LogIndex = 9,
                },
                other,
                .. receivers.Select(receiver => Event(7, receiver, HistoryKind.Receive) with
                {
                    Sender = "alice",
                    Peer = Room,
                    Text = Message.Text,
                    MessageId = Message.MessageId,
                    Conversation = Conversation,
                    Sequence = 1,
                    LogIndex = 9,
                }),
            ],
            Reads = [.. ((string[])["alice", "bob", "carol"]).Select(account => new FinalRead
            {
                Node = 1,
                Account = account,
                Peer = Room,
                Conversation = Conversation,
                FirstSequenceKept = 1,
                Messages = [Message],
            })],
            Digests = [],
        };
    }

    private static HistoryEvent Event(long atUs, string account, HistoryKind kind) => new()
    {
        AtUs = atUs,
        Client = $"{account}#1",
        Operation = atUs,
        Kind = kind,
        Phase = HistoryPhase.Ok,
        Account = account,
    };
}
