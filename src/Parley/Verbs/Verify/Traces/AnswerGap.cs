namespace Parley.Verbs.Verify.Traces;

/// <summary>A time in which a client had no answer.</summary>
/// <param name="Client">Who waited.</param>
/// <param name="From">A timestamp: the answer before.</param>
/// <param name="To">A timestamp: the answer that ended it.</param>
internal readonly record struct AnswerGap(string Client, long From, long To)
{
    public TimeSpan Length => TimeProvider.System.GetElapsedTime(From, To);
}
