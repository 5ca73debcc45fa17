using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Simulation.Disk;
using static Parley.Tests.Storage.LogSamples;

namespace Parley.Tests.Storage;

/// <summary>A crash at every step of what the log and the stamp do; what was synced is there afterwards.</summary>
public sealed class CrashTests
{
    private static readonly Action<DurableLog>[] Life =
    [
        log => Append(log, new HardState(new Term(1), new NodeId(1)), EntriesOf(1, 4, 1, payloadBytes: 300)),
        log => Append(log, null, EntriesOf(5, 12, 1, payloadBytes: 500)),
        log => Append(log, null, EntriesOf(13, 30, 1, payloadBytes: 900)),
        log => Append(log, new HardState(new Term(2), new NodeId(2)), EntriesOf(25, 40, 2, payloadBytes: 300)),
        log => log.CutTo(new LogIndex(27)),
        log => Append(log, null, EntriesOf(41, 60, 2, payloadBytes: 700)),
        log => log.InstallSnapshot(MarkOf(50, 2)),
        log => Append(log, null, EntriesOf(61, 62, 2)),
        log => log.InstallSnapshot(MarkOf(100, 4)),
        log => Append(log, new HardState(new Term(4), NodeId.None), EntriesOf(101, 130, 4, payloadBytes: 400)),
        log => log.CutTo(new LogIndex(130)),
        log => Append(log, null, EntriesOf(131, 132, 4)),
    ];

    [Fact]
    public void A_crash_at_any_step_loses_nothing_that_was_synced()
    {
        var (states, operations) = LifeWithoutCrash();
        var random = new Random(1);
        Assert.InRange(operations, 60, 2000);

        for (var at = 0; at < operations; at++)
        {
            for (var fate = 0; fate < 5; fate++)
            {
                var disk = new SimulatedDirectory();
                var step = RunUntilCrash(disk, at);
                LoseUnsynced(disk, fate, random);

                var found = Reopen(disk);

                var before = step == 0 ? Describe(Begin) + " vote " + default(HardState) : states[step - 1];
                Assert.True(
                    string.Equals(found, before, StringComparison.Ordinal)
                    || string.Equals(found, states[step], StringComparison.Ordinal),
                    $"crash at operation {at}, step {step}, fate {fate}: {found}");
                Assert.Equal(found, Reopen(disk));
            }
        }
    }

    [Fact]
    public void A_crash_at_any_step_of_a_recovery_loses_nothing_either()
    {
        var (_, operations) = LifeWithoutCrash();
        var random = new Random(2);
        for (var at = 0; at < operations; at += 3)
        {
            var disk = new SimulatedDirectory();
            RunUntilCrash(disk, at);
            disk.PowerLoss(random);
            var expected = Reopen(disk.Clone());

            for (var second = 0; CrashInRecovery(disk.Clone(), second, random, expected); second++)
            {
                Assert.InRange(second, 0, 100);
            }
        }
    }

    /// <summary>What the killed process wrote and did not sync is read as if it were there, and may still be lost.
    /// </summary>
    [Fact]
    public void A_kill_at_any_step_and_a_loss_of_power_at_any_step_of_the_recovery_lose_nothing_that_was_synced()
    {
        var (states, operations) = LifeWithoutCrash();
        var random = new Random(4);
        for (var at = 0; at < operations; at++)
        {
            var killed = new SimulatedDirectory();
            var step = RunUntilCrash(killed, at);
            var before = step == 0 ? Describe(Begin) + " vote " + default(HardState) : states[step - 1];
            var hasEnded = false;
            for (var second = 0; !hasEnded; second++)
            {
                for (var fate = 1; fate < 5; fate++)
                {
                    var disk = killed.Clone();
                    hasEnded = !CrashAt(disk, second, () => OpenLog(disk).Dispose());
                    LoseUnsynced(disk, fate, random);

                    var found = Reopen(disk);

                    Assert.True(
                        string.Equals(found, before, StringComparison.Ordinal)
                        || string.Equals(found, states[step], StringComparison.Ordinal),
                        $"kill at operation {at}, step {step}; power lost at {second}, fate {fate}: {found}");
                }
            }
        }
    }

    [Fact]
    public void A_write_that_ends_early_loses_nothing_that_was_synced()
    {
        var disk = new SimulatedDirectory();
        var log = OpenLog(disk);
        log.AppendSynced(EntriesOf(1, 3, 1));
        var synced = log.Describe();

        for (var written = 0; written < 3000; written += 500)
        {
            var bytes = written;
            disk.BytesWritten = (_, _, _) => bytes;
            log.Append(null, EntriesOf(4, 9, 1, payloadBytes: 600));
            Assert.Throws<StorageFailedException>(log.Sync);
            disk.BytesWritten = null;
            log = OpenLog(disk);
            Assert.Equal(synced, log.Describe());
        }

        log.Dispose();
    }

    [Fact]
    public void A_crash_at_any_step_of_writing_the_stamp_leaves_the_old_one_or_the_new_one()
    {
        var old = new NodeStamp { Self = new NodeId(2), Incarnation = 77, Stage = FormationStage.Empty };
        var next = old with
        {
            Stage = FormationStage.Forming,
            ClusterId = "0123456789abcdef0123456789abcdef",
            Members = [new FoundingMember(new NodeId(1), 5, "a:1"), new FoundingMember(new NodeId(2), 77, "b:2")],
        };
        var random = new Random(3);
        var finished = false;
        for (var at = 0; !finished; at++)
        {
            for (var fate = 0; fate < 6; fate++)
            {
                var disk = new SimulatedDirectory();
                new StampFile(disk).Write(old);
                finished = !CrashAt(disk, at, () => new StampFile(disk).Write(next));
                LoseUnsynced(disk, fate, random);

                var found = new StampFile(disk).Find();

                Assert.True(found == (finished ? next : old) || found == next, $"operation {at}, fate {fate}");
                new StampFile(disk).Write(next);
                Assert.Equal(next, new StampFile(disk).Find());
            }
        }
    }

    private static void Append(DurableLog log, HardState? hardState, Entry[] entries)
    {
        log.Append(hardState, entries);
        log.Sync();
    }

    private static (List<string> States, int Operations) LifeWithoutCrash()
    {
        var operations = 0;
        var disk = new SimulatedDirectory { Before = (_, _) => operations++ };
        using var log = OpenLog(disk);
        var states = new List<string>();
        foreach (var step in Life)
        {
            step(log);
            states.Add(log.Describe());
        }

        return (states, operations);
    }

    /// <summary>Returns the step of life that was not finished.</summary>
    private static int RunUntilCrash(SimulatedDirectory disk, int at)
    {
        var step = 0;
        Assert.True(CrashAt(disk, at, () =>
        {
            var log = OpenLog(disk);
            for (; step < Life.Length; step++)
            {
                Life[step](log);
            }
        }));
        return step;
    }

    private static bool CrashInRecovery(SimulatedDirectory disk, int at, Random random, string expected)
    {
        if (!CrashAt(disk, at, () => OpenLog(disk).Dispose()))
        {
            return false;
        }

        disk.PowerLoss(random);
        Assert.Equal(expected, Reopen(disk));
        return true;
    }

    private static string Reopen(SimulatedDirectory disk)
    {
        using var log = OpenLog(disk);
        return log.Describe();
    }

    /// <summary>Killed only; or powerless with nothing, everything or something of the unsynced surviving.</summary>
    private static void LoseUnsynced(SimulatedDirectory disk, int fate, Random random)
    {
        switch (fate)
        {
            case 0:
                break;
            case 1:
                disk.PowerLoss((_, _) => false, _ => false);
                break;
            case 2:
                disk.PowerLoss((_, _) => false, _ => true);
                break;
            case 3:
                disk.PowerLoss((_, _) => true, _ => false);
                break;
            default:
                disk.PowerLoss(random);
                break;
        }
    }

    /// <summary>Runs until the operation of this number; false when there are not so many.</summary>
    private static bool CrashAt(SimulatedDirectory disk, int at, Action run)
    {
        var operations = 0;
        disk.Before = (_, _) =>
        {
            if (operations++ == at)
            {
                throw new PowerFailedException();
            }
        };
        try
        {
            run();
            return false;
        }
        catch (PowerFailedException)
        {
            return true;
        }
        finally
        {
            disk.Before = null;
        }
    }

    /// <summary>The process ends here.</summary>
    private sealed class PowerFailedException : Exception;
}
