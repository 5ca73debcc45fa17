using System.Runtime.CompilerServices;

namespace Parley.Simulation.Checks;

/// <summary>The text of a check, made only when it fails: checks run at every step.</summary>
[InterpolatedStringHandler]
internal ref struct HoldDetail
{
    private DefaultInterpolatedStringHandler inner;

    public HoldDetail(int literalLength, int formattedCount, bool condition, out bool isWanted)
    {
        isWanted = !condition;
        inner = condition ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    public readonly string Text => inner.ToString();

    public void AppendLiteral(string text) => inner.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => inner.AppendFormatted(value);
}
