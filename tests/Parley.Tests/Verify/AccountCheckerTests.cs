using Parley.Verify;
using Parley.Verify.Checkers;

namespace Parley.Tests.Verify;

/// <summary>The checkers of accounts and sessions: C7 to C11 on a good history, and on what could go wrong.</summary>
public sealed class AccountCheckerTests
{
    private const string Conversation = "c0ffee00c0ffee00c0ffee00c0ffee00";
    private readonly List<HistoryEvent> events = [];
    private long now;

    public AccountCheckerTests()
    {
        Done("founder#1", "alice", HistoryKind.Create);
        Done("founder#2", "bob", HistoryKind.Create);
        Done("alice#1", "alice", HistoryKind.Login);
        Done("bob#1", "bob", HistoryKind.Login);
        Send("alice#1", "alice", "bob", "hello");
        Receive("bob#1", "bob", "alice", "hello");
        Done("bob#2", "bob", HistoryKind.Login, takeOver: true);
        Refused("bob#1", "bob", HistoryKind.Send, "SESSION_ENDED");
        Send("bob#2", "bob", "alice", "hello yourself");
    }

    [Fact]
    public void A_good_history_breaks_nothing_and_everything_was_judged()
    {
        Done("bob#2", "bob", HistoryKind.Delete);
        Refused("bob#2", "bob", HistoryKind.Send, "SESSION_ENDED");

        var verdicts = AllCheckers.JudgeAccounts(History("alice"));

        Assert.All(verdicts, verdict => Assert.True(verdict.Holds, $"{verdict}"));
        Assert.All(verdicts, verdict => Assert.True(verdict.Judged > 0, $"{verdict}"));
    }

    [Fact]
    public void A_text_on_a_stranger_s_stream_is_misdelivered()
    {
        Receive("carol#1", "carol", "alice", "hello");

        AssertBroken("C7", "\"hello\" of alice and bob is on the stream of carol#1");
    }

    [Fact]
    public void A_text_on_a_stranger_s_page_is_misdelivered()
    {
        var page = new FinalRead
        {
            Node = 2,
            Account = "carol",
            Peer = "alice",
            Conversation = Conversation,
            FirstSequenceKept = 1,
            Messages =
            [
                new() { Sequence = 1, MessageId = "1", From = "alice", To = "bob", Text = "hello", LogIndex = 1 },
            ],
        };

        AssertBroken("C7", "page of node 2, read by carol", page);
    }

    [Theory]
    [InlineData(HistoryKind.Logout)]
    [InlineData(HistoryKind.Delete)]
    public void A_session_that_writes_after_its_end_has_come_back(object ending)
    {
        Done("bob#2", "bob", (HistoryKind)ending);
        Send("bob#2", "bob", "alice", "still here");

        AssertBroken("C8", "still here");
        AssertBroken("C9", "bob#2 was told Wrote");
    }

    [Fact]
    public void What_was_written_to_the_old_account_is_not_for_the_new_one()
    {
        Done("bob#2", "bob", HistoryKind.Delete);
        Done("founder#3", "bob", HistoryKind.Create);
        Done("bob#3", "bob", HistoryKind.Login);
        Receive("bob#3", "bob", "alice", "hello");

        AssertBroken("C8", "bob#3 was given \"hello\"");
    }

    [Fact]
    public void A_name_created_while_it_is_taken_is_found()
    {
        Done("founder#3", "bob", HistoryKind.Create);

        AssertBroken("C9", "founder#3 was told Created");
    }

    [Fact]
    public void A_session_that_works_after_a_newer_login_is_found()
    {
        Send("bob#1", "bob", "alice", "the old bob");

        AssertBroken("C10", "the old bob");
        AssertBroken("C9", "bob#1 was told Wrote");
    }

    [Fact]
    public void A_created_account_that_a_node_lacks_is_lost()
    {
        var verdict = Assert.Single(
            AllCheckers.JudgeAccounts(History("alice")), verdict => verdict.Property.Number == "C11");

        Assert.Contains("the account bob was created and is not on node 1", $"{verdict}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_deleted_account_that_a_node_has_is_found()
    {
        Done("bob#2", "bob", HistoryKind.Delete);

        AssertBroken("C11", "the account bob was deleted and is on node 1");
    }

    private void AssertBroken(string number, string what, params FinalRead[] reads)
    {
        var verdict = Assert.Single(
            AllCheckers.JudgeAccounts(History("alice", "bob") with { Reads = reads }),
            verdict => verdict.Property.Number == number);

        Assert.Contains(what, $"{verdict}", StringComparison.Ordinal);
    }

    private History History(params string[] accounts) => new()
    {
        Events = events,
        Reads = [],
        Digests = [],
        Accounts = [new(1, accounts), new(2, accounts)],
    };

    private void Done(string client, string account, HistoryKind kind, bool? takeOver = null) => Operation(
        client, account, kind, HistoryPhase.Ok, line => line with { TakeOver = takeOver });

    private void Refused(string client, string account, HistoryKind kind, string reason) => Operation(
        client, account, kind, HistoryPhase.Fail,
        line => line.Phase == HistoryPhase.Fail ? line with { Error = reason } : line);

    private void Send(string client, string account, string peer, string text) => Operation(
        client, account, HistoryKind.Send, HistoryPhase.Ok,
        line => line with { Peer = peer, Text = text, MessageId = text });

    private void Receive(string client, string account, string sender, string text) => Add(
        client, account, HistoryKind.Receive, HistoryPhase.Ok, now + 1,
        line => line with { Sender = sender, Text = text, MessageId = text, Conversation = Conversation });

    private void Operation(
        string client, string account, HistoryKind kind, HistoryPhase phase, Func<HistoryEvent, HistoryEvent> fill)
    {
        var operation = now + 1;
        Add(client, account, kind, HistoryPhase.Invoke, operation, fill);
        Add(client, account, kind, phase, operation, fill);
    }

    private void Add(
        string client,
        string account,
        HistoryKind kind,
        HistoryPhase phase,
        long operation,
        Func<HistoryEvent, HistoryEvent> fill)
    {
        var line = new HistoryEvent
        {
            AtUs = ++now,
            Client = client,
            Operation = operation,
            Kind = kind,
            Phase = phase,
            Account = account,
        };
        events.Add(fill(line));
    }
}
