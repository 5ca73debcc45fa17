namespace Parley.Verbs.Doctor;

/// <summary>How bad a finding is.</summary>
internal enum Verdict
{
    Ok,

    /// <summary>It works, but not as well or as safely as it should.</summary>
    Warning,

    /// <summary>A node must not run like this.</summary>
    Failed,
}

/// <summary>What one check found: what was looked at, what it is, and what to do (empty when it is well).</summary>
internal sealed record Finding(Verdict Verdict, string Check, string Found, string Advice)
{
    public static Finding Ok(string check, string found) => new(Verdict.Ok, check, found, "");

    public static Finding Warn(string check, string found, string advice) =>
        new(Verdict.Warning, check, found, advice);

    public static Finding Fail(string check, string found, string advice) => new(Verdict.Failed, check, found, advice);

    public override string ToString()
    {
        var verdict = Verdict switch { Verdict.Ok => "ok", Verdict.Warning => "WARN", _ => "FAIL" };
        return $"{verdict,-4}  {Check,-17}  {Found}{(Advice.Length == 0 ? "" : $". What to do: {Advice}")}";
    }
}
