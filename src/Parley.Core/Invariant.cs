using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Parley.Core;

/// <summary>What only a bug can break: it stops the node (exit code 12) rather than let it diverge.</summary>
internal static class Invariant
{
    /// <exception cref="InvariantBrokenException">It does not hold.</exception>
    public static void Holds(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition)
        {
            throw new InvariantBrokenException(expression);
        }
    }
}

/// <summary>An invariant broke; nobody catches it but the process boundary.</summary>
internal sealed class InvariantBrokenException(string expression) : Exception($"invariant broken: {expression}");
