namespace Parley.Server.Nodes;

/// <summary>An administrator's word that this process shall end, to be started again by whoever watches over it.
/// </summary>
internal sealed class RestartOrder
{
    private readonly TaskCompletionSource given = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it is given.</summary>
    public Task Given => given.Task;

    public void Give() => given.TrySetResult();
}
