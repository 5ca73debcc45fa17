using Parley.Verify;

namespace Parley.Tests.Verify;

/// <summary>
/// A history in which all went well: alice sends ten messages to bob and he answers every third; one of her sends was
/// never answered but stored, one was refused; bob's client was killed in the middle and came back. Three nodes.
/// </summary>
internal static class SampleHistory
{
    public const string Conversation = "c0ffee00c0ffee00c0ffee00c0ffee00";
    public const int Nodes = 3;
    private const int Messages = 10;
    private const long StepUs = 1_000;

    public static History Good()
    {
        var clock = new Clock();
        var alice = new Client("alice#1", "alice", clock);
        var bob = new Client("bob#1", "bob", clock);
        var stored = new List<StoredMessage>();
        for (var number = 1; number <= Messages; number++)
        {
            Exchange(number, alice, bob, stored);
            if (number == Messages / 2)
            {
                bob = new Client("bob#2", "bob", clock, bob);
            }
        }

        alice.Refused("bob", "never stored");
        alice.Read("bob", stored[^1]);
        return new()
        {
            Events = [.. alice.Events, .. bob.Events],
            Reads = [.. Enumerable.Range(1, Nodes).Select(node => Read(node, stored))],
            Digests = [.. Enumerable.Range(1, Nodes).Select(node => new DigestRead(node, 99, "d1"))],
        };
    }

    private static void Exchange(int number, Client alice, Client bob, List<StoredMessage> stored)
    {
        const int Unanswered = 4;
        const int KilledBeforeAcknowledging = Messages / 2;
        var message = alice.Send("bob", $"hello {number}", stored.Count + 1, answered: number != Unanswered);
        stored.Add(message);
        bob.Receive(message);
        if (number != KilledBeforeAcknowledging)
        {
            bob.Acknowledge(message.Sequence);
        }

        if (number % 3 == 0)
        {
            stored.Add(bob.Send("alice", $"answer {number}", stored.Count + 1, answered: true));
            alice.Receive(stored[^1]);
            alice.Acknowledge(stored[^1].Sequence);
        }
    }

    private static FinalRead Read(int node, List<StoredMessage> stored) => new()
    {
        Node = node,
        Account = node % 2 == 0 ? "alice" : "bob",
        Peer = node % 2 == 0 ? "bob" : "alice",
        Conversation = Conversation,
        FirstSequenceKept = 1,
        Messages = [.. stored],
    };

    private sealed class Clock
    {
        private long now;
        private long index;

        public long Tick() => now += StepUs;

        public long NextIndex() => ++index;
    }

    private sealed class Client
    {
        private readonly string name;
        private readonly string account;
        private readonly Clock clock;
        private readonly StoredMessage? unacknowledged;
        private long operations;
        private ulong counter;

        public Client(string name, string account, Clock clock, Client? before = null)
        {
            this.name = name;
            this.account = account;
            this.clock = clock;
            Events = before?.Events ?? [];
            counter = before?.counter ?? 0;
            unacknowledged = before?.LastReceived;
            Log(HistoryKind.Login, HistoryPhase.Invoke);
            Log(HistoryKind.Login, HistoryPhase.Ok, line => line with { LogIndex = clock.NextIndex() });
            if (unacknowledged is not null)
            {
                Receive(unacknowledged);
                Acknowledge(unacknowledged.Sequence);
            }
        }

        public List<HistoryEvent> Events { get; }

        private StoredMessage? LastReceived { get; set; }

        public StoredMessage Send(string recipient, string text, long sequence, bool answered)
        {
            var id = $"{account[0]:x8}{++counter:x24}";
            operations++;
            Log(HistoryKind.Send, HistoryPhase.Invoke, Fill);
            var index = clock.NextIndex();
            if (answered)
            {
                Log(HistoryKind.Send, HistoryPhase.Ok, line => Fill(line) with
                {
                    Conversation = Conversation,
                    Sequence = sequence,
                    LogIndex = index,
                });
            }

            return new()
            {
                Sequence = sequence,
                MessageId = id,
                From = account,
                To = recipient,
                Text = text,
                LogIndex = index,
            };

            HistoryEvent Fill(HistoryEvent line) => line with { Peer = recipient, Text = text, MessageId = id };
        }

        public void Refused(string recipient, string text)
        {
            operations++;
            Log(HistoryKind.Send, HistoryPhase.Invoke, line => line with { Peer = recipient, Text = text });
            Log(HistoryKind.Send, HistoryPhase.Fail, line => line with { Peer = recipient, Text = text, Error = "NO" });
        }

        public void Receive(StoredMessage message)
        {
            LastReceived = message;
            operations++;
            Log(HistoryKind.Receive, HistoryPhase.Ok, line => line with
            {
                Peer = message.To,
                Sender = message.From,
                MessageId = message.MessageId,
                Text = message.Text,
                Conversation = Conversation,
                Sequence = message.Sequence,
                LogIndex = message.LogIndex,
            });
        }

        public void Acknowledge(long sequence)
        {
            operations++;
            Log(HistoryKind.Acknowledge, HistoryPhase.Invoke, Fill);
            Log(HistoryKind.Acknowledge, HistoryPhase.Ok, line => Fill(line) with { LogIndex = clock.NextIndex() });

            HistoryEvent Fill(HistoryEvent line) => line with { Conversation = Conversation, Sequence = sequence };
        }

        public void Read(string peer, StoredMessage last)
        {
            operations++;
            Log(HistoryKind.History, HistoryPhase.Invoke, line => line with { Peer = peer });
            Log(HistoryKind.History, HistoryPhase.Ok, line => line with
            {
                Peer = peer,
                Conversation = Conversation,
                Sequence = last.Sequence,
                LogIndex = last.LogIndex,
            });
        }

        private void Log(HistoryKind kind, HistoryPhase phase, Func<HistoryEvent, HistoryEvent>? fill = null)
        {
            var line = new HistoryEvent
            {
                AtUs = clock.Tick(),
                Client = name,
                Operation = operations,
                Kind = kind,
                Phase = phase,
                Account = account,
            };
            Events.Add(fill is null ? line : fill(line));
        }
    }
}
