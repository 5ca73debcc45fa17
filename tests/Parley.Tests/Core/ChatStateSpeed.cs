using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Delivery;
using Parley.Core.Log.V1;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>
/// Measures the applier and the readers on a file; explicit, because times are printed and judged by people:
/// <c>dotnet run -c Release --project tests/Parley.Tests -- --explicit only --filter-class '*ChatStateSpeed'</c>.
/// </summary>
public sealed class ChatStateSpeed : IDisposable
{
    private const int People = 1_000;
    private const int BatchEntries = 128;
    private const int Batches = 400;

    private readonly string path = Path.Combine(Path.GetTempPath(), $"parley-speed-{Environment.ProcessId}.db");
    private readonly ITestOutputHelper output = TestContext.Current.TestOutputHelper!;
    private readonly ChatState state;
    private readonly Person[] people = new Person[People];
    private readonly ulong[] counters = new ulong[People];
    private readonly string text = new('x', 256);
    private long index;

    public ChatStateSpeed()
    {
        state = ChatState.Open(path);
        for (var number = 0; number < People; number++)
        {
            state.Apply([Entry(Commands.CreateAccount($"p{number}", TestChat.RequestId($"{number}")))]);
            var applied = state.Apply([Entry(Commands.Login(number + 1, TestChat.Token(number)))]);
            var login = (Outcome.LoggedIn)applied.Commands[0].Outcome;
            people[number] = new Person($"p{number}", number + 1, login.Session, login.Client);
        }
    }

    public void Dispose()
    {
        state.Dispose();
        File.Delete(path);
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
    }

    [Fact(Explicit = true)]
    public void Cost_of_a_message_a_cycle_and_a_delivery()
    {
        Measure("warm-up, SendMessage", Sends(Batches));
        Measure("SendMessage", Sends(Batches));
        Measure("SendMessage + AcknowledgeMessages by both", Cycles(Batches));
        Measure("SendMessage, one pair", SendsOfOnePair(Batches));
        Measure("SendMessage, its own transaction", Single(Sends(20)));
        Measure("repeated SendMessage", Repeats(20));
        MeasureDeliveries();
        var watch = Stopwatch.StartNew();
        state.Checkpoint();
        Print("checkpoint ms", watch.Elapsed.TotalMilliseconds);
        watch.Restart();
        state.ScanDigest();
        Print("full scan ms", watch.Elapsed.TotalMilliseconds);
        watch.Restart();
        using (var checking = Database.OpenForReading(path))
        {
            Assert.Equal("ok", checking.ReadText("PRAGMA integrity_check(1)"));
        }

        Print("integrity check ms", watch.Elapsed.TotalMilliseconds);
        Print("file MB", new FileInfo(path).Length / 1e6);
        watch.Restart();
        for (var count = 0; count < 100; count++)
        {
            ChatState.OpenInMemory().Dispose();
        }

        Print("OpenInMemory ms", watch.Elapsed.TotalMilliseconds / 100);
    }

    [Fact(Explicit = true)]
    public void Cost_of_a_message_to_a_room_of_two_and_of_a_thousand()
    {
        state.Apply([Entry(Commands.RaiseVersion(StateVersions.Rooms))]);
        var (two, all) = (RoomOf(2), RoomOf(People));
        Measure("warm-up, SendMessage", Sends(Batches));
        Measure("SendMessage to a room of two", SendsToRoom(two, Batches));
        Measure("SendMessage to a room of a thousand", SendsToRoom(all, Batches));
        Measure("SendMessage to a room of a thousand, its own transaction", Single(SendsToRoom(all, 2)));
        Measure("AcknowledgeMessages in a room of a thousand", Make(Batches, number =>
            Commands.Acknowledge(people[number % People].Session, (all, (number / People) + 1))));
    }

    private long RoomOf(int members)
    {
        var made = state.Apply([Entry(Commands.CreateRoom(
            people[0].Session, TestChat.RequestId($"of {members}"), $"of{members}"))]);
        var room = ((Outcome.ConversationChanged)made.Commands[0].Outcome).Conversation;
        foreach (var person in people.Take(members).Skip(1))
        {
            state.Apply([Entry(Commands.ChangeRoomMember(
                person.Session, TestChat.RequestId($"{room} {person.Name}"), room, RoomMemberChange.Join))]);
        }

        return room;
    }

    private List<CommittedEntry[]> SendsToRoom(long room, int batches) => Make(batches, number =>
    {
        var from = number % 2;
        return Commands.Say(people[from].Session, people[from].Client, ++counters[from], room, text);
    });

    private void Measure(string name, IReadOnlyList<CommittedEntry[]> batches)
    {
        var before = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        foreach (var batch in batches)
        {
            state.Apply(batch);
        }

        var entries = batches.Sum(batch => batch.Length);
        Print(name + ": CPU us an entry", (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / entries);
        Print(name + ": bytes an entry", (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)entries);
    }

    private void MeasureDeliveries()
    {
        using var reader = state.OpenReader();
        var cursor = new DeliveryCursor();
        var bob = people[1];
        while (reader.ReadDelivery(bob.Account, cursor, 1_000, 1 << 20).HasMore)
        {
        }

        const int rounds = 5_000;
        var spent = TimeSpan.Zero;
        var read = 0;
        for (var round = 0; round < rounds; round++)
        {
            state.Apply([Entry(Commands.Send(people[0], ++counters[0], bob.Account, text))]);
            var before = Environment.CpuUsage.TotalTime;
            read += reader.ReadDelivery(bob.Account, cursor, 100, 1 << 20).Messages.Count;
            spent += Environment.CpuUsage.TotalTime - before;
        }

        Assert.Equal(rounds, read);
        Print("ReadDelivery of one message: CPU us", spent.TotalMicroseconds / rounds);
    }

    private List<CommittedEntry[]> Sends(int batches) => Make(batches, number =>
    {
        var from = number * 7 % People;
        return Commands.Send(people[from], ++counters[from], people[(from + 1) % People].Account, text);
    });

    private List<CommittedEntry[]> SendsOfOnePair(int batches) =>
        Make(batches, _ => Commands.Send(people[0], ++counters[0], people[1].Account, text));

    private List<CommittedEntry[]> Repeats(int batches) =>
        Make(batches, number => Commands.Send(people[0], counters[0] - (ulong)(number % 256), people[1].Account, text));

    /// <summary>Every third entry a message, the others its acknowledgements, between neighbours.</summary>
    private List<CommittedEntry[]> Cycles(int batches)
    {
        using var reader = state.OpenReader();
        var conversations = new (long Number, long Head)[People];
        for (var from = 0; from < People; from += 2)
        {
            var page = reader.ReadHistory(people[from].Account, people[from + 1].Name, 0, 1_000, 1 << 20);
            conversations[from] = (page.Conversation, page.Messages.Count);
        }

        return Make(batches, number =>
        {
            var from = number / 3 % (People / 2) * 2;
            ref var conversation = ref conversations[from];
            if (number % 3 == 0)
            {
                conversation.Head++;
                return Commands.Send(people[from], ++counters[from], people[from + 1].Account, text);
            }

            var member = people[from + (number % 3) - 1];
            return Commands.Acknowledge(member.Session, (conversation.Number, conversation.Head));
        });
    }

    private static List<CommittedEntry[]> Single(List<CommittedEntry[]> batches) =>
        [.. batches.SelectMany(batch => batch.Select(entry => new[] { entry }))];

    private List<CommittedEntry[]> Make(int batches, Func<int, LoggedCommand> make)
    {
        var number = 0;
        return [.. Enumerable.Range(0, batches).Select(_ =>
            Enumerable.Range(0, BatchEntries).Select(_ => Entry(make(number++))).ToArray())];
    }

    private CommittedEntry Entry(LoggedCommand command)
    {
        command.StateVersion = (uint)state.StateVersion;
        command.Tag = new ProposalTag { Node = 1, StartNonce = 7, Number = (ulong)index };
        index++;
        return new CommittedEntry(index, 1, 1_750_000_000_000_000 + index, command.ToByteArray());
    }

    private void Print(string name, double value) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {value:0.00}"));
}
