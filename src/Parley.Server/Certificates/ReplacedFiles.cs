namespace Parley.Server.Certificates;

/// <summary>
/// What is read from files that their owner replaces while the node runs, as a whole or not: a file that is of no use,
/// for it is not written to its end, say, is told once and looked at again. Looked at by one thread; anybody may read.
/// </summary>
/// <param name="paths">The files.</param>
/// <param name="first">What they held at the start.</param>
/// <param name="load">Reads them; throws <see cref="BundleRefusedException"/>.</param>
/// <param name="taken">Called with what was used, and with what is used from now on.</param>
/// <param name="refused">Called with why something is not used.</param>
internal sealed class ReplacedFiles<T>(
    IReadOnlyList<string> paths, T first, Func<T> load, Action<T, T> taken, Action<string> refused)
    where T : class
{
    private volatile T current = first;
    private List<(DateTime WrittenAt, long Bytes)> seen = [];
    private string lastFault = "";

    public T Current => current;

    /// <summary>Takes up what is new.</summary>
    public void Look()
    {
        try
        {
            var now = paths.Select(path => new FileInfo(path))
                .Select(file => (file.LastWriteTimeUtc, file.Exists ? file.Length : 0)).ToList();
            if (now.SequenceEqual(seen))
            {
                return;
            }

            var before = current;
            // What was read before is not disposed: handshakes that began with it may go on.
            current = load();
            seen = now;
            lastFault = "";
            taken(before, current);
        }
        catch (BundleRefusedException exception)
        {
            if (exception.Message != lastFault)
            {
                lastFault = exception.Message;
                refused(lastFault);
            }
        }
    }
}
