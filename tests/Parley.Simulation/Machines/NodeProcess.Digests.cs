using Parley.Core.Agreement;
using Parley.Simulation.Checks;
using Parley.Simulation.Faults;
using Parley.Simulation.Time;

namespace Parley.Simulation.Machines;

/// <summary>Compares the state's digests with the others' while all run, as the server does.</summary>
internal sealed partial class NodeProcess
{
    private const long DigestsUs = 2 * VirtualTime.Second;

    private readonly DigestBook digests;
    private long lastTimeUs;
    private long appliedAtLastLook;
    private long agreedIndex;

    private void CompareDigests()
    {
        if (isDead)
        {
            return;
        }

        if (!IsPaused)
        {
            Judge();
            Report();
        }

        world.Time.After(DigestsUs, CompareDigests);
    }

    private void Judge()
    {
        var verdict = digests.Judge(
            [.. Core.Membership.Members.Where(member => member.IsVoter).Select(member => member.Id.Value)]);
        if (verdict.Divergence is { } divergence)
        {
            // Planted, only the altered machine may say so of itself.
            var isRight = world.Plant == Plant.StateAltered && Machine == world.Minority[0];
            throw new PropertyBrokenException(
                isRight ? Properties.DigestOnline : Properties.Digest,
                $"{Machine.Id} finds that its state differs from a majority's: {divergence}");
        }

        if (verdict.AgreedIndex > agreedIndex)
        {
            agreedIndex = verdict.AgreedIndex;
            world.Hit(Failpoint.DigestsAgreed);
        }
    }

    private void Report()
    {
        if (state.AppliedIndex == appliedAtLastLook && state.AppliedIndex > 0)
        {
            digests.Noted(state.AppliedIndex, state.Digest);
        }

        appliedAtLastLook = state.AppliedIndex;
        var report = digests.Report();
        var from = Machine.Id.Value;
        foreach (var other in world.Machines)
        {
            if (other != Machine && report.Count > 0)
            {
                world.Network.Send(from, other.Id.Value, () => other.Process?.WhenAwake(
                    () => other.Process?.Told(from, report)));
            }
        }
    }

    private void Told(int from, IReadOnlyList<DigestMark> report)
    {
        foreach (var mark in report)
        {
            digests.Told(from, mark.Index, mark.Digest);
        }
    }
}
