using System.Text;
using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>A core with its log, and a caller that does its duties; the disk can be made to wait.</summary>
internal sealed class TestNode
{
    private readonly RaftOptions options;
    private readonly Queue<Ready> unwritten = new();
    private readonly Queue<(LogIndex Index, Term Term)> unreported = new();
    private SnapshotMark? installing;
    private List<Entry> installed = [];
    private Membership appliedMembership;
    private Tenure tenure;
    private ulong lives;

    public TestNode(RaftOptions options, Membership membership)
    {
        this.options = options;
        Log = new MemoryLog(membership);
        appliedMembership = membership;
        tenure = new Tenure(Key, LogIndex.None, membership);
        Core = Start();
    }

    public NodeId Id => options.Self;

    public NodeKey Key => new(options.Self, options.Incarnation);

    public MemoryLog Log { get; }

    public RaftCore Core { get; private set; }

    public bool IsUp { get; private set; } = true;

    public bool IsInstalling => installing is not null;

    /// <summary>A membership that it applied no longer names it.</summary>
    public bool IsRemoved => tenure.IsOver;

    /// <summary>Writes wait until this is false.</summary>
    public bool IsDiskStuck { get; set; }

    public List<Entry> Applied { get; } = [];

    public Dictionary<long, LogIndex?> Reads { get; } = [];

    /// <summary>What was asked and is not answered, with the least index that may be the answer.</summary>
    public Dictionary<long, LogIndex> AskedReads { get; } = [];

    public Message.SnapshotOffer? Offer { get; private set; }

    public IEnumerable<string> Commands =>
        Applied.Where(entry => entry.Kind == EntryKind.Command).Select(entry => TextOf(entry));

    public static string TextOf(Entry entry) => Encoding.UTF8.GetString(entry.Payload.Span);

    public ProposeResult Propose(params string[] commands) => Core.Propose(
        [.. commands.Select(command => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(command))], timeUs: 1_000);

    public MembershipRefusal Change(Membership next) => Core.ProposeMembership(next, timeUs: 1_000);

    /// <summary>Asks for a read index; the answer may not be below what was committed anywhere by now.</summary>
    public void AskRead(long number, LogIndex committed)
    {
        AskedReads.Add(number, committed);
        Core.ReadIndex(number);
    }

    /// <summary>Does what the core wants done; messages go out as the disk allows.</summary>
    public void Pump(Action<Message> send)
    {
        Flush(send);
        while (IsUp && installing is null && Core.HasReady)
        {
            var ready = Core.TakeReady();
            foreach (var message in ready.MessagesNow)
            {
                send(message);
            }

            unwritten.Enqueue(ready);
            Apply(ready);
            Flush(send);
        }
    }

    public void Crash()
    {
        IsUp = false;
        unwritten.Clear();
        unreported.Clear();
        Reads.Clear();
        AskedReads.Clear();
        Offer = null;
        installing = null;
    }

    /// <summary>The state is put back to what it was at an entry before any that named members.</summary>
    public void FallBack(LogIndex index)
    {
        Applied.RemoveAll(entry => entry.Index > index);
        Assert.DoesNotContain(Applied, entry => entry.Kind == EntryKind.Membership);
        appliedMembership = Log.Base.Membership;
    }

    public void Restart()
    {
        IsUp = true;
        Core = Start();
    }

    /// <summary>Fetches the state of another node as a snapshot and installs it.</summary>
    public void Install(TestNode source, SnapshotMark mark, Action<Message> send)
    {
        BeginInstall(source, mark, send, isLogFirst: true);
        EndInstall();
    }

    /// <summary>The snapshot replaces log (now or at the end) and state; until the end no Ready is taken.</summary>
    public void BeginInstall(TestNode source, SnapshotMark mark, Action<Message> send, bool isLogFirst)
    {
        Pump(send);
        Assert.Empty(unwritten);
        installing = mark;
        installed = [.. source.Applied.Where(entry => entry.Index <= mark.Index)];
        Offer = null;
        if (isLogFirst)
        {
            Replace(mark);
        }
    }

    public void EndInstall()
    {
        if (installing is { } mark)
        {
            installing = null;
            if (Log.Base != mark)
            {
                Replace(mark);
            }

            Core.SnapshotInstalled(mark);
        }
    }

    private void Replace(SnapshotMark mark)
    {
        Log.InstallSnapshot(mark);
        Applied.Clear();
        Applied.AddRange(installed);
        appliedMembership = mark.Membership;
        tenure.Tell(mark.Index, appliedMembership);
    }

    private RaftCore Start()
    {
        lives++;
        var applied = Applied.Count == 0 ? LogIndex.None : Applied[^1].Index;
        tenure = new Tenure(Key, applied, appliedMembership);
        return new RaftCore(options with { Seed = options.Seed + (lives << 32) }, Log, Log.HardState, applied);
    }

    private void Apply(Ready ready)
    {
        foreach (var entry in ready.Committed)
        {
            Assert.Equal(Applied.Count == 0 ? 1 : Applied[^1].Index.Value + 1, entry.Index.Value);
            Assert.True(entry.Index <= Log.LastIndex && Log.FindTerm(entry.Index) == entry.Term, "applied unsynced");
            Applied.Add(entry);
            if (entry.Kind == EntryKind.Membership)
            {
                appliedMembership = MembershipCodec.Decode(entry.Payload.Span);
                tenure.Tell(entry.Index, appliedMembership);
            }
        }

        if (ready.Committed.Count > 0)
        {
            Core.Applied(ready.Committed[^1].Index);
        }

        foreach (var read in ready.Reads)
        {
            Assert.True(Reads.TryAdd(read.Number, read.Index), $"read {read.Number} was answered twice");
            if (AskedReads.Remove(read.Number, out var committed) && read.Index is { } index)
            {
                Assert.True(index >= committed, $"read {read.Number} is stale: {index}, committed was {committed}");
            }
        }

        Offer = ready.SnapshotToFetch ?? Offer;
    }

    private void Flush(Action<Message> send)
    {
        while (!IsDiskStuck && unwritten.TryDequeue(out var ready))
        {
            Log.Write(ready.HardState, ready.EntriesToPersist);
            foreach (var message in ready.MessagesAfterPersist)
            {
                send(message);
            }

            if (ready.EntriesToPersist.Count > 0)
            {
                unreported.Enqueue((ready.EntriesToPersist[^1].Index, ready.EntriesToPersist[^1].Term));
            }
        }

        while (unreported.TryDequeue(out var pair))
        {
            Core.Persisted(pair.Index, pair.Term);
        }
    }
}
