using Parley.Core;
using Parley.Raft;
using Parley.Simulation.Checks;
using Parley.Simulation.Faults;
using Parley.Simulation.Time;

namespace Parley.Simulation.Machines;

/// <summary>Fetching a snapshot from the leader, out of band, and putting it in place of state and log.</summary>
internal sealed partial class NodeProcess
{
    private bool isFetching;
    private bool isInstalling;

    // From the change of the log until the core was told, messages are as good as lost.
    private bool isReplaced;
    private Snapshot? fetched;

    private void Fetch(Message.SnapshotOffer offer)
    {
        if (isFetching || isInstalling)
        {
            return;
        }

        isFetching = true;
        var leader = world.MachineOf(offer.From.Id);
        var me = Machine.Id.Value;
        var them = offer.From.Id.Value;
        world.Time.After(VirtualTime.Second, () => WhenAwake(() => isFetching = false));
        world.Network.Send(me, them, () => leader.Process?.WhenAwake(() =>
        {
            if (leader.Files.Checkpoint is { } snapshot)
            {
                var transferUs = world.Random.Between(1, 300) * VirtualTime.Millisecond;
                world.Time.After(transferUs, () => world.Network.Send(
                    them, me, () => WhenAwake(() => Fetched(snapshot))));
            }
        }));
    }

    private void Fetched(Snapshot snapshot)
    {
        isFetching = false;
        if (!isInstalling && Core.Role != RaftRole.Leader && snapshot.Mark.Index > Core.CommitIndex)
        {
            // From here on no Ready is taken; those taken are written first.
            isInstalling = true;
            fetched = snapshot;
            InstallWhenIdle();
        }
        else
        {
            world.Hit(Failpoint.SnapshotFetchedTooLate);
        }
    }

    private void InstallWhenIdle()
    {
        if (!isInstalling || fetched is null || !DiskIsIdle)
        {
            return;
        }

        Snapshot incoming;
        try
        {
            incoming = Machine.Files.Receive(fetched);
        }
        catch (StateDamagedException)
        {
            // Its bytes were damaged before they got here: they are not put in place, and another is fetched.
            isInstalling = false;
            return;
        }
        finally
        {
            fetched = null;
        }

        Note($"installs a snapshot at {incoming.Mark.Index}");
        Enqueue(new DiskJob { Install = incoming.Mark });
    }

    private void Installed(SnapshotMark mark)
    {
        if (world.Plant != Plant.SnapshotUnderWrongMark)
        {
            DropReaders();
            var old = state;
            state = Machine.Files.Install();
            old.Dispose();
        }

        if (state.AppliedIndex != mark.Index.Value)
        {
            throw new PropertyBrokenException(
                Properties.SnapshotMatchesMark, $"{Machine.Id} state at {state.AppliedIndex} under mark {mark.Index}");
        }

        applyQueue.Clear();
        lastTimeUs = state.LastTimeUs;
        digests.StateReplaced();
        digests.Noted(state.AppliedIndex, state.Digest);
        world.Hit(Failpoint.SnapshotInstalled);
        lastSnapshotIndex = state.AppliedIndex;
        appliedMembership = mark.Membership;
        tenure.Tell(mark.Index, appliedMembership);
        world.Consensus.StateAt(this, state.AppliedIndex, state.Digest);
        Core.SnapshotInstalled(mark);
        NoteCommit();
        isInstalling = false;
        isReplaced = false;
        BreakConnections(isTold: true);
        RunWaitingForApplied();
        PumpSoon();
    }
}
