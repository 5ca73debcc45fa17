using System.Text;

namespace Parley.Fuzz;

/// <summary>A decoder of what comes from outside, or from a disk, and what must hold of it whatever comes.</summary>
internal abstract class FuzzTarget : IDisposable
{
    /// <summary>What real encoders write; never empty.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Pieces that inputs are made of.</summary>
    public virtual IReadOnlyList<byte[]> Tokens => [];

    /// <summary>How many times as long as with others an input takes, in round numbers.</summary>
    public virtual int Cost => 1;

    /// <summary>Decodes; throws whatever is not documented, and <see cref="PropertyBrokenException"/> for what was
    /// decoded and is wrong.</summary>
    public abstract void Check(byte[] input);

    public void Dispose() => CleanUp();

    /// <summary>Removes what it has made on disk; most make nothing.</summary>
    protected virtual void CleanUp()
    {
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static byte[][] BytesOf(params string[] texts) => [.. texts.Select(Bytes)];

    protected static string Text(ReadOnlySpan<byte> input) => Encoding.UTF8.GetString(input);
}
