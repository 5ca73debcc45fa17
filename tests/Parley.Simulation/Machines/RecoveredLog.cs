using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Checks;

namespace Parley.Simulation.Machines;

/// <summary>Compares what a log recovered with what its disk must and may hold.</summary>
internal static class RecoveredLog
{
    /// <summary>What is in a log.</summary>
    public static LogView Read(DurableLog log)
    {
        var view = new LogView { HardState = log.HardState };
        view.Install(log.Base);
        while (view.LastIndex < log.LastIndex.Value)
        {
            var entries = log.ReadEntries(new LogIndex(view.LastIndex + 1), log.LastIndex, 1 << 20);
            if (entries.Count == 0)
            {
                throw new PropertyBrokenException(
                    Properties.DiskHoldsTheLog, $"entry {view.LastIndex + 1} of {log.LastIndex} cannot be read");
            }

            view.Replace(entries);
        }

        return view;
    }

    /// <summary>Everything synced is there, and beyond it only a beginning of what was being written.</summary>
    public static void Check(Machine machine, LogView recovered)
    {
        var expected = machine.Synced.Copy();
        if (IsSame(expected, recovered))
        {
            return;
        }

        foreach (var job in machine.BeingWritten)
        {
            expected.HardState = job.HardState ?? expected.HardState;
            if (IsSame(expected, recovered))
            {
                return;
            }

            foreach (var entry in job.Entries)
            {
                expected.Replace([entry]);
                if (IsSame(expected, recovered))
                {
                    return;
                }
            }

            if (job.Install is { } mark)
            {
                expected.Install(mark);
                if (IsSame(expected, recovered))
                {
                    return;
                }
            }
        }

        throw new PropertyBrokenException(
            Properties.DiskKeepsSynced,
            $"{machine.Id} recovered {Describe(recovered)}, synced was {Describe(machine.Synced)}");
    }

    /// <summary>Equal where both begin: a cut may or may not have been finished.</summary>
    private static bool IsSame(LogView expected, LogView recovered)
    {
        if (expected.LastIndex != recovered.LastIndex || expected.LastTerm != recovered.LastTerm
            || expected.HardState != recovered.HardState
            || !expected.Membership.Members.SequenceEqual(recovered.Membership.Members))
        {
            return false;
        }

        for (var index = Math.Max(expected.BaseIndex, recovered.BaseIndex) + 1; index <= expected.LastIndex; index++)
        {
            if (expected.Find(index) != recovered.Find(index))
            {
                return false;
            }
        }

        return true;
    }

    private static string Describe(LogView view) =>
        $"({view.BaseIndex}, {view.LastIndex}] to term {view.LastTerm}, "
        + $"{view.HardState.Term} for {view.HardState.VotedFor}";
}
