using System.Threading.Channels;

namespace Parley.Verbs.Chat;

/// <summary>The lines of standard input as something that can be awaited and cancelled: reading a console blocks, so a
/// thread of its own does it, and ends with the process.</summary>
internal sealed class LineSource
{
    private const int LinesMax = 256;
    private readonly Channel<string> lines = Channel.CreateBounded<string>(LinesMax);

    public LineSource(TextReader input)
    {
        var thread = new Thread(() => ReadAll(input)) { IsBackground = true, Name = "input" };
        thread.Start();
    }

    /// <summary>Ends when the input does.</summary>
    public IAsyncEnumerable<string> ReadAllAsync(CancellationToken cancellationToken) =>
        lines.Reader.ReadAllAsync(cancellationToken);

    private void ReadAll(TextReader input)
    {
        try
        {
            while (input.ReadLine() is { } line)
            {
                lines.Writer.WriteAsync(line).AsTask().GetAwaiter().GetResult();
            }

            lines.Writer.Complete();
        }
        catch (IOException failure)
        {
            lines.Writer.Complete(failure);
        }
    }
}
