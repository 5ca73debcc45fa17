namespace Parley.Verify.Checkers;

/// <summary>C13: nodes at the same index have the same state.</summary>
internal static class DigestChecker
{
    public static Verdict Judge(History history) => new()
    {
        Property = Property.EqualDigests,
        Judged = history.Digests.Count,
        Violations =
        [
            .. from same in history.Digests.GroupBy(read => read.Index)
               where same.Select(read => read.Digest).Distinct(StringComparer.Ordinal).Skip(1).Any()
               let found = string.Join(", ", same.Select(read => $"{read.Digest} on node {read.Node}"))
               select $"at #{same.Key}: {found}; one digest was expected",
        ],
    };
}
