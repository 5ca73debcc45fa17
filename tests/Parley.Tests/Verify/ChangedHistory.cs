using Microsoft.Extensions.Time.Testing;
using Parley.Verify;

namespace Parley.Tests.Verify;

/// <summary>
/// A history in which all went well with what was taken back: alice says five things to bob, edits the first twice and
/// asks again for the first edit, deletes the second, edits the third and deletes it, never hears of an edit of the
/// fourth, and leaves the fifth alone. bob looks, marks what he read, and comes again when all is over.
/// </summary>
internal sealed class ChangedHistory : IDisposable
{
    public const string Conversation = "c0ffee00c0ffee00c0ffee00c0ffee00";
    private const int Nodes = 3;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider time = new();
    private readonly HistoryRecorder alice;
    private readonly HistoryRecorder bob;
    private readonly HistoryRecorder bobAgain;
    private readonly List<StoredMessage> stored = [];

    private ChangedHistory()
    {
        alice = new("alice#1", "alice", time);
        bob = new("bob#1", "bob", time);
        bobAgain = new("bob#2", "bob", time);
    }

    public static History Good()
    {
        using var told = new ChangedHistory();
        return told.Tell();
    }

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
        bobAgain.Dispose();
    }

    private History Tell()
    {
        Log(alice, HistoryKind.Create);
        Log(bob, HistoryKind.Create);
        Log(alice, HistoryKind.Login);
        Log(bob, HistoryKind.Login);
        for (var number = 1; number <= 5; number++)
        {
            Send($"word {number}");
        }

        Change("r1", 1, "better");
        bob.Changed(stored[0], Conversation);
        Change("r2", 1, "best");
        bob.Changed(stored[0], Conversation);
        Change("r1", 1, "better", isApplied: false);
        Look(bob, 1);
        Change("r3", 2, null);
        Change("r3", 2, null);
        Change("r4", 3, "third");
        bob.Changed(stored[2], Conversation);
        Change("r5", 3, null);
        time.Advance(Step);
        bob.Changed(stored[2], Conversation);
        Change("r6", 3, "too late", refusal: "MESSAGE_DELETED");
        Change("r7", 4, "who knows", isAnswered: false);
        Look(bob, 2);
        Look(bob, 3);
        Mark(bob, 4);
        Mark(bob, 5);
        Log(bob, HistoryKind.Logout);
        Log(bobAgain, HistoryKind.Login);
        foreach (var message in stored)
        {
            time.Advance(Step);
            bobAgain.Received(message, Conversation);
        }

        return new()
        {
            Events = [.. alice.Events, .. bob.Events, .. bobAgain.Events],
            Reads = [.. Enumerable.Range(1, Nodes).Select(node => new FinalRead
            {
                Node = node,
                Account = "bob",
                Peer = "alice",
                Conversation = Conversation,
                FirstSequenceKept = 1,
                Messages = [.. stored],
            })],
            Digests = [.. Enumerable.Range(1, Nodes).Select(node => new DigestRead(node, 99, "d1"))],
        };
    }

    private void Send(string text)
    {
        var sequence = stored.Count + 1;
        time.Advance(Step);
        var started = alice.Send("bob", text, $"{sequence:x32}");
        time.Advance(Step);
        alice.End(started, HistoryPhase.Ok, end => end with
        {
            Conversation = Conversation,
            Sequence = sequence,
            LogIndex = 10 + sequence,
        });
        stored.Add(new()
        {
            Sequence = sequence,
            MessageId = $"{sequence:x32}",
            From = "alice",
            To = "bob",
            Text = text,
            LogIndex = 10 + sequence,
        });
    }

    private void Change(
        string id,
        int sequence,
        string? text,
        bool isApplied = true,
        bool isAnswered = true,
        string? refusal = null)
    {
        time.Advance(Step);
        var started = alice.Begin(text is null ? HistoryKind.Erase : HistoryKind.Edit, begun => begun with
        {
            RequestId = id,
            Conversation = Conversation,
            Sequence = sequence,
            Text = text,
        });
        time.Advance(Step);
        if (isAnswered)
        {
            alice.End(
                started,
                refusal is null ? HistoryPhase.Ok : HistoryPhase.Fail,
                end => end with { Error = refusal });
        }

        if (isApplied && refusal is null)
        {
            stored[sequence - 1] = stored[sequence - 1] with
            {
                Text = text ?? "",
                Deleted = text is null ? true : null,
            };
        }
    }

    private void Look(HistoryRecorder who, int sequence)
    {
        time.Advance(Step);
        var since = who.NowUs();
        time.Advance(Step);
        who.Shown(stored[sequence - 1], Conversation, since);
    }

    private void Mark(HistoryRecorder who, long sequence)
    {
        time.Advance(Step);
        var started = who.Begin(
            HistoryKind.MarkRead, begun => begun with { Conversation = Conversation, Sequence = sequence });
        time.Advance(Step);
        who.End(started, HistoryPhase.Ok);
        time.Advance(Step);
        who.Marked(Conversation, sequence, who.NowUs());
    }

    private void Log(HistoryRecorder who, HistoryKind kind)
    {
        time.Advance(Step);
        var started = who.Begin(kind);
        time.Advance(Step);
        who.End(started, HistoryPhase.Ok);
    }
}
