using System.Globalization;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Disk;
using static Parley.Tests.Storage.LogSamples;

namespace Parley.Tests.Storage;

/// <summary>Random lives of a log beside a naive model of it, with restarts and power losses in between.</summary>
public sealed class DurableLogModelTests
{
    private const int Lives = 40;
    private const int Steps = 120;

    [Fact]
    public void A_log_always_tells_what_the_model_tells()
    {
        var firstSeed = Environment.GetEnvironmentVariable("PARLEY_SEED") is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : 20_260_131;
        for (var seed = firstSeed; seed < firstSeed + Lives; seed++)
        {
            new Life(seed).Run();
        }
    }

    /// <summary>One seed.</summary>
    private sealed class Life(int seed)
    {
        private readonly Random random = new(seed);
        private readonly List<Entry> entries = [];
        private SimulatedDirectory disk = new();
        private SnapshotMark logBase = Begin;
        private HardState hardState;
        private long term = 1;

        private long Last => logBase.Index.Value + entries.Count;

        public void Run()
        {
            var log = OpenLog(disk);
            for (var step = 0; step < Steps; step++)
            {
                switch (random.Next(20))
                {
                    case < 13:
                        Append(log);
                        break;
                    case < 15:
                        Cut(log);
                        break;
                    case 15:
                        InstallSnapshot(log);
                        break;
                    default:
                        log.Dispose();
                        log = Restart();
                        break;
                }

                Compare(log, step);
            }

            log.Dispose();
        }

        private void Append(DurableLog log)
        {
            if (random.Next(3) == 0)
            {
                hardState = new HardState(new Term(++term), new NodeId(random.Next(4)));
                log.Append(hardState, []);
            }

            var overwritten = random.Next(4) == 0 ? random.Next(Math.Min(entries.Count, 20) + 1) : 0;
            term += overwritten > 0 ? 1 : 0;
            entries.RemoveRange(entries.Count - overwritten, overwritten);
            var added = Enumerable.Range(1, random.Next(6)).Select(i => EntryAt(Last + i)).ToArray();
            if (overwritten > 0 && added.Length == 0)
            {
                added = [EntryAt(Last + 1)];
            }

            log.Append(null, added);
            entries.AddRange(added);
            log.Sync();
        }

        private Entry EntryAt(long index) => random.Next(12) == 0
            ? EntryOf(index, term, new Membership
            {
                Members = [new Member(new NodeId(random.Next(1, 99)), true, (ulong)index, "127.0.0.1:1")],
            })
            : EntryOf(index, term, new string('p', random.Next(random.Next(8) == 0 ? 9000 : 400)));

        private void Cut(DurableLog log)
        {
            var to = logBase.Index.Value + random.Next(entries.Count + 1);
            log.CutTo(new LogIndex(to));

            // How far it really goes is the log's business; never beyond what was asked, and true to what was there.
            var moved = log.Base.Index.Value;
            Assert.InRange(moved, logBase.Index.Value, to);
            Rebase(moved);
        }

        private void InstallSnapshot(DurableLog log)
        {
            var index = logBase.Index.Value + random.Next(1, entries.Count + 10);
            var matches = index <= Last && random.Next(2) == 0;
            if (matches)
            {
                Rebase(index);
            }
            else
            {
                term++;
                entries.Clear();
                logBase = MarkOf(index, term);
            }

            log.InstallSnapshot(logBase);
        }

        private void Rebase(long index)
        {
            if (index == logBase.Index.Value)
            {
                return;
            }

            var removed = entries.Take((int)(index - logBase.Index.Value)).ToArray();
            entries.RemoveRange(0, removed.Length);
            var membership = removed.LastOrDefault(entry => entry.Kind == EntryKind.Membership) is { } entry
                ? MembershipCodec.Decode(entry.Payload.Span)
                : logBase.Membership;
            logBase = new SnapshotMark
            {
                Index = removed[^1].Index,
                Term = removed[^1].Term,
                TimeUs = removed[^1].TimeUs,
                Membership = membership,
            };
        }

        private DurableLog Restart()
        {
            disk = disk.Clone();
            if (random.Next(2) == 0)
            {
                disk.PowerLoss(random);
            }

            return OpenLog(disk);
        }

        private void Compare(DurableLog log, int step)
        {
            var where = $"seed {seed}, step {step}";
            Assert.True(Describe(logBase) == Describe(log.Base), where);
            Assert.True(hardState == log.HardState, where);
            Assert.True(new LogIndex(Last) == log.LastIndex, where);
            Assert.True(
                entries.Select(Describe).SequenceEqual(log.ReadAll().Select(Describe), StringComparer.Ordinal), where);
            Assert.True(entries.TrueForAll(entry => log.FindTerm(entry.Index) == entry.Term), where);
            var membership = entries.LastOrDefault(entry => entry.Kind == EntryKind.Membership) is { } newest
                ? newest.Payload.ToArray()
                : MembershipCodec.Encode(logBase.Membership);
            Assert.True(membership.AsSpan().SequenceEqual(MembershipCodec.Encode(log.Membership)), where);
        }
    }
}
