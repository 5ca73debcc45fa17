namespace Parley.Verbs.Bench.Abuse;

/// <summary>What somebody does to a node while others send.</summary>
internal interface IAbuse : IAsyncDisposable
{
    /// <summary>As it stands in the results.</summary>
    string Name { get; }

    /// <summary>How many calls, or messages, the node has refused.</summary>
    long Refused { get; }

    /// <summary>How many the node was asked for.</summary>
    long Asked { get; }

    /// <summary>Goes on until it is told to stop.</summary>
    Task RunAsync(CancellationToken stop);
}
