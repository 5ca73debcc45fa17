namespace Parley.Verify.Linearizability;

/// <summary>One operation as a client saw it.</summary>
/// <param name="BeginUs">When it was asked.</param>
/// <param name="EndUs">When it was answered; <see cref="Never"/>: the client never knew, and it may be done at any
/// time later, or not at all.</param>
/// <param name="Operation">What was asked and answered, as the model knows it.</param>
internal sealed record Call<TOperation>(long BeginUs, long EndUs, TOperation Operation)
{
    public const long Never = long.MaxValue;

    /// <summary>It need not have been done.</summary>
    public bool IsOpen => EndUs == Never;
}
