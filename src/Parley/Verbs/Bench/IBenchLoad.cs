namespace Parley.Verbs.Bench;

/// <summary>What is done over and over while the bench looks at the clock.</summary>
internal interface IBenchLoad : IAsyncDisposable
{
    /// <summary>Does it once. Calls of one chain never overlap.</summary>
    /// <param name="chain">From 0 to the number in flight - 1.</param>
    /// <param name="chains">How many are in flight.</param>
    Task OnceAsync(int chain, int chains);
}
