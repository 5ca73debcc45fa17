namespace Parley.Raft.Formation;

/// <summary>What the operator is told.</summary>
internal sealed partial class FormationCore
{
    private static string Join(IEnumerable<string> texts) => string.Join(",", texts);

    private FormationNotice DescribeState() => Stamp.Stage switch
    {
        FormationStage.Empty => DescribeEmpty(),
        FormationStage.Forming => DescribeForming(),
        FormationStage.Formed => DescribeFormed(),
        _ => throw new InvariantBrokenException($"stage {Stamp.Stage}"),
    };

    private FormationNotice DescribeEmpty()
    {
        if (!joins && seen.Values.FirstOrDefault(other => other.Stage == FormationStage.Formed) is { } formed)
        {
            return new FormationNotice(
                FormationState.ReplaceSelf,
                $"this data directory is empty, but node {formed.Id.Value} belongs to cluster {formed.ClusterId}: this "
                + "node waits, and never votes for what it has lost. What to do: parley cluster replace --id "
                + $"{Stamp.Self.Value}");
        }

        if (joins)
        {
            return new FormationNotice(
                FormationState.Waiting,
                $"waiting to be taken into a cluster. What to do: parley cluster add {Stamp.Self.Value}=HOST:NODEPORT, "
                + $"or parley cluster replace --id {Stamp.Self.Value} where it takes the place of a lost one");
        }

        if (wiped.Length > 0)
        {
            return DescribeWiped();
        }

        if (seen.Values.FirstOrDefault(HasOtherMembers) is { } other)
        {
            return new FormationNotice(
                FormationState.UnequalMembers,
                $"unequal members: this node was started with {Join(configuredTexts)}, node {other.Id.Value} with "
                + $"{Join(other.Members)}. What to do: start all with the same list (--members)");
        }

        var missing = Missing(configured.Select(member => member.Id));
        return new FormationNotice(
            FormationState.Waiting,
            missing.Length > 0
                ? $"a new cluster needs all of its members: waiting for {missing}"
                : $"all members are here: waiting for node {configured[0].Id.Value} to found the cluster");
    }

    private bool HasOtherMembers(FormationIdentity other) =>
        !other.Members.SequenceEqual(configuredTexts, StringComparer.Ordinal);

    private FormationNotice DescribeForming()
    {
        if (wiped.Length > 0)
        {
            return DescribeWiped();
        }

        var foreign = seen.Values.FirstOrDefault(other => other.Stage != FormationStage.Empty
            && !string.Equals(other.ClusterId, Stamp.ClusterId, StringComparison.Ordinal));
        if (foreign is not null)
        {
            return new FormationNotice(
                FormationState.ForeignMember,
                $"node {foreign.Id.Value} belongs to cluster {foreign.ClusterId}, this one has promised itself to "
                + $"{Stamp.ClusterId}. What to do: look whether --members names the right nodes");
        }

        var missing = Missing(Stamp.Members.Select(member => member.Id));
        var refused = refusals.Count > 0
            ? $"; node {refusals.First().Key.Value} refused: {refusals.First().Value}"
            : "";
        return new FormationNotice(
            FormationState.Waiting,
            $"forming cluster {Stamp.ClusterId}"
            + (missing.Length > 0 ? $": waiting for {missing}" : "")
            + refused);
    }

    /// <summary>A cluster serves only when a majority is formed. So when all members were asked after the loss was
    /// seen, none is formed, and fewer than a majority were wiped, nothing can have been stored.</summary>
    private FormationNotice DescribeWiped()
    {
        var all = Stamp.Members.Count > 0
            ? Stamp.Members.Select(member => member.Id).ToArray()
            : [.. configured.Select(member => member.Id)];
        var story = $"node {string.Join(", ", wiped.Select(id => id.Value))} lost its data directory while the cluster "
            + "was being formed";

        // The first answer since may have been on its way before.
        var silent = all
            .Where(id => id != Stamp.Self && (!seen.ContainsKey(id) || answersSinceWipe.GetValueOrDefault(id) < 2))
            .Select(Describe)
            .ToArray();
        if (silent.Length > 0)
        {
            return new FormationNotice(
                FormationState.Waiting,
                $"{story}: waiting for {string.Join(", ", silent)}, which may know more");
        }

        var majority = (all.Length / 2) + 1;
        return new FormationNotice(
            FormationState.WipedMidway,
            $"{story}. What to do: empty the data directories of all members and start them again; "
            + (wiped.Length < majority
                ? "nothing was stored"
                : "nothing was stored, unless the lost ones, a majority, had served"));
    }

    private FormationNotice DescribeFormed()
    {
        var text = Stamp.Members.Count == 0
            ? $"cluster {Stamp.ClusterId}, joined after it was founded"
            : $"cluster {Stamp.ClusterId}, founded with {Stamp.Members.Count} members";
        foreach (var member in Others(Stamp))
        {
            if (seen.TryGetValue(member.Id, out var other) && other.Incarnation != member.Incarnation
                && other.Stage == FormationStage.Empty)
            {
                text += $"; node {member.Id.Value} has an empty data directory and never votes until it is replaced: "
                    + $"parley cluster replace --id {member.Id.Value}";
            }
        }

        return new FormationNotice(FormationState.Formed, text);
    }

    /// <summary>Those of whom nothing is known now; empty when there is none.</summary>
    private string Missing(IEnumerable<NodeId> members) =>
        string.Join(", ", members.Where(id => id != Stamp.Self && !seen.ContainsKey(id)).Select(Describe));

    private string Describe(NodeId id) => configured.FirstOrDefault(member => member.Id == id) is { } member
        ? $"node {id.Value} ({member.Address})"
        : $"node {id.Value}";
}
