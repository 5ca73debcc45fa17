using Parley.Core.Log.V1;

namespace Parley.Server.Hosting;

/// <summary>Registration as operators write it, and which one a cluster begins with.</summary>
internal static class RegistrationText
{
    public const string Expected = "invitation, open or closed";

    /// <summary>What this node proposes when it leads a cluster without settings; unspecified: nothing, which is open.
    /// </summary>
    /// <remarks>The one place for the default: a cluster of certificates, which strangers can reach, begins with
    /// invitations.</remarks>
    public static Registration FirstOf(ServerOptions options)
    {
        if (options.InitialRegistration is { } text && TryParse(text, out var registration))
        {
            return registration;
        }

        return options.Bundle is null ? Registration.Unspecified : Registration.Invitation;
    }

    public static bool TryParse(string text, out Registration registration)
    {
        registration = text switch
        {
            "invitation" => Registration.Invitation,
            "open" => Registration.Open,
            "closed" => Registration.Closed,
            _ => Registration.Unspecified,
        };
        return registration != Registration.Unspecified;
    }

    public static string Format(Registration registration) => registration switch
    {
        Registration.Invitation => "invitation",
        Registration.Closed => "closed",
        _ => "open",
    };
}
