namespace Parley.Core.Storage;

/// <summary>A replicated table: its number in row hashes (never reused) and its columns in the order they are hashed.
/// </summary>
internal sealed record Table(byte Number, string Name, IReadOnlyList<string> Columns)
{
    public Table(byte number, string name, string columns)
        : this(number, name, columns.Split(", "))
    {
    }

    /// <summary>The first file format that has it.</summary>
    public int Since { get; init; } = 1;
}
