namespace Parley.Verbs.Chat;

/// <summary>Tasks that run beside what is typed, kept until they are done, so that nothing is forgotten at the end. The
/// tasks handle their own failures.</summary>
internal sealed class Underway
{
    private readonly Lock tracking = new();
    private readonly HashSet<Task> tasks = [];

    public void Add(Task task)
    {
        lock (tracking)
        {
            tasks.Add(task);
        }

        _ = task.ContinueWith(Forget, TaskScheduler.Default);
    }

    /// <summary>Those that are not done now.</summary>
    public Task[] Open()
    {
        lock (tracking)
        {
            return [.. tasks];
        }
    }

    private void Forget(Task done)
    {
        lock (tracking)
        {
            tasks.Remove(done);
        }
    }
}
